// Who may receive what: the book of authorities, gateways and officers, and what it decides.
#include "app/authority_desk.h"
#include "cli/exit_codes.h"
#include "cli/program.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string Joined(const json& texts) {
  std::string out;
  for (const json& text : texts) out += (out.empty() ? "" : ", ") + text.get<std::string>();
  return out;
}
std::string TextOr(const json& value, const std::string& otherwise) {
  return value.is_string() && !value.get_ref<const std::string&>().empty() ? value.get<std::string>() : otherwise;
}
std::string Dates(const json& one) {
  return TextOr(one["valid_from"], "ever") + " to " + TextOr(one["valid_until"], "no end");
}

std::string RenderLoad(const json& load) {
  const auto count = [&](const char* name) { return HumanCount(load[name].get<int64_t>()); };
  return "Loaded " + count("authorities") + " authorities, " + count("gateways") + " gateways, " + count("officers") +
         " officers: " + count("added") + " new, " + count("changed") + " changed, " + count("ended") + " ended, " +
         count("unchanged") + " as before.\n";
}

std::string RenderLoads(const json& loads) {
  std::vector<std::vector<std::string>> rows;
  for (const json& one : loads) {
    const auto count = [&](const char* name) { return HumanCount(one[name].get<int64_t>()); };
    rows.push_back({one["at"], TextOr(one["officer"], "at opening"), count("added"), count("changed"), count("ended"),
                    one["file_sha256"].get<std::string>().substr(0, 16)});
  }
  return Table({"loaded", "by", "new", "changed", "ended", "file (SHA-256)"}, rows);
}

std::string RenderAuthorities(const json& authorities) {
  std::vector<std::vector<std::string>> rows;
  for (const json& one : authorities) {
    rows.push_back({one["id"], one["name"], one["kind"],
                    one["country"].get<std::string>() + (one["single_point_of_contact"].get<bool>() ? " *" : ""),
                    HumanCount(one["gateways_in"].get<int64_t>()), HumanCount(one["gateways_out"].get<int64_t>()),
                    TextOr(one["certificate_sha256"], "none").substr(0, 16)});
  }
  return Table({"id", "name", "kind", "country", "gateways in", "out", "certificate"}, rows) +
         "* the single point of contact of its country\n";
}

std::string RenderOfficers(const json& officers) {
  std::vector<std::vector<std::string>> rows;
  for (const json& one : officers) rows.push_back({one["id"], one["state"], Dates(one), Joined(one["roles"])});
  return Table({"officer", "state", "dates", "roles"}, rows, 80);
}

std::string RenderGateways(const json& gateways) {
  std::vector<std::vector<std::string>> rows;
  for (const json& one : gateways) {
    rows.push_back({one["id"], one["state"], Dates(one), Joined(one["purposes"]), Joined(one["data_kinds"]),
                    TextOr(one["via"], "-"), one["legal_reference"]});
  }
  return rows.empty() ? "No gateway.\n"
                      : Table({"gateway", "state", "dates", "purposes", "kinds", "via", "legal reference"}, rows, 48);
}

std::string RenderAuthority(const json& shown) {
  std::string out =
      shown["authority"].is_null() ? "Ended: the book in force does not hold it.\n" : RenderRecord(shown["authority"]);
  if (!shown["history"].empty()) out += "\nEarlier versions\n" + RenderRecord(shown["history"]);
  return out + "\nGateways out\n" + RenderGateways(shown["gateways_out"]) + "\nGateways in\n" +
         RenderGateways(shown["gateways_in"]);
}

std::string RenderDecision(const json& decision) {
  std::string out =
      (decision["allowed"].get<bool>() ? "Allowed. " : "Not allowed. ") + decision["reason"].get<std::string>() + "\n";
  if (!decision["conditions"].get_ref<const std::string&>().empty())
    out += "Conditions: " + decision["conditions"].get<std::string>() + "\n";
  return out;
}

// A day counts from its beginning, UTC.
Result<Instant> DayOrTime(const std::string& text) {
  const auto at = ParseInstant(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!at) return Fail(Code::kInvalid, "--on: give a day like 2022-03-01, or a time (RFC 3339).");
  return *at;
}

void AddAuthority(Program& program) {
  const auto o = std::make_shared<std::string>();
  program.Group("authority", "Authorities, and the book in force");
  program
      .Verb(
          "authority load", "Put a file of authorities, gateways and officers in force",
          "authority load new.toml --officer officer-2 --reason 'treaty renewed' --data data",
          [&program, o]() -> Answered {
            House* const house = TRY(program.world().house(true));
            return LoadAuthorityFile(*house, program.world().actor(Act::kLoadAuthorities), *o);
          },
          RenderLoad)
      .Needed("file", *o, "The file (TOML); it replaces DATA/config/authorities.toml");
  program.Verb(
      "authority list", "Authorities in force", "authority list --data data",
      [&program]() -> Answered { return ListAuthorities(*TRY(program.world().house(false))); }, RenderAuthorities);
  program
      .Verb(
          "authority show", "One authority, its history, its gateways in and out", "authority show at-bk --data data",
          [&program, o]() -> Answered { return ShowAuthority(*TRY(program.world().house(false)), *o); },
          RenderAuthority)
      .Needed("id", *o, "Its id");
  program.Verb(
      "authority loads", "When the book was loaded, by whom, and what changed", "authority loads --data data",
      [&program]() -> Answered { return ListLoads(*TRY(program.world().house(false))); }, RenderLoads);
  program.Verb(
      "authority officers", "Officers, their roles and dates", "authority officers --data data",
      [&program]() -> Answered { return ListOfficers(*TRY(program.world().house(false))); }, RenderOfficers);
}

void AddGateway(Program& program) {
  struct Options {
    std::string from, to, purpose, kind, on;
  };
  const auto o = std::make_shared<Options>();
  program.Group("gateway", "Legal gateways: one direction, dated, for named purposes and kinds of data");
  program
      .Verb(
          "gateway list", "Gateways that stand and that stood", "gateway list --from nz-dia --data data",
          [&program, o]() -> Answered { return ListGateways(*TRY(program.world().house(false)), o->from, o->to); },
          RenderGateways)
      .Option("--from", o->from, "Id of the authority that gives")
      .Option("--to", o->to, "Id of the authority that receives");
  program
      .Verb(
          "gateway check", "May this flow? The decision and why; exit code 5 if not",
          "gateway check --from nz-dia --to at-bk --purpose facilitate_exchange --kind referral --data data",
          [&program, o]() -> Answered {
            House* const house = TRY(program.world().house(false));
            const Instant on = o->on.empty() ? house->env().clock.Now() : TRY(DayOrTime(o->on));
            const Flow flow{.from = o->from, .to = o->to, .purpose = o->purpose, .data_kind = o->kind};
            const json decision = TRY(CheckGateway(*house, flow, on));
            if (!decision["allowed"].get<bool>()) program.set_exit_code(ExitCode(Code::kDenied));
            return decision;
          },
          RenderDecision)
      .Needed("--from", o->from, "Id of the authority that gives")
      .Needed("--to", o->to, "Id of the authority that receives")
      .Needed("--purpose", o->purpose, "cross_check, operational_analysis, facilitate_exchange, ...")
      .Needed("--kind", o->kind, "referral, evidence, selectors, files, feedback")
      .Option("--on", o->on, "A day or a time; default: now");
}

}  // namespace

void AddAuthorityVerbs(Program& program) {
  AddAuthority(program);
  AddGateway(program);
}

}  // namespace crossguard
