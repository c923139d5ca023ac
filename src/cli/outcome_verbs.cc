// Cases, outcomes, the honest picture, and what outcomes say back.
#include "app/outcome_desk.h"
#include "base/time_text.h"
#include "cli/program.h"
#include "register/outcome_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string Count(const json& value) {
  return value.is_null() ? "withheld" : HumanCount(value.get<int64_t>());
}

// What can be seen twice only if it has a key.
std::string Keyless(const json& count) {
  if (count == 0) return "";
  if (count.is_null()) return "; a part has no key by which it could be seen twice";
  return "; " + Count(count) + " have no key by which they could be seen twice";
}

// "836 cases opened internationally" with what stands behind it; then the tables.
std::string RenderPicture(const json& picture) {
  std::string out = "Operation " + picture["operation"].get<std::string>() + ", as of " +
                    picture["as_of"].get<std::string>() + "\n\n";
  for (const json& line : picture["press"]) {
    out += "  " + line["text"].get<std::string>() + "\n";
    out += "      scope " + line["scope"].get<std::string>() + ", as of " + line["as_of"].get<std::string>();
    if (!line["withheld"].get<bool>())
      out += ", from " + Count(line["reports"]) + " reports of " + Count(line["authorities"]) + " authorities" +
             Keyless(line["without_key"]);
    out += "\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const json& figure : picture["figures"]) {
    std::string countries;
    for (const json& country : figure["countries"]) {
      if (country["count"] == 0) continue;
      const std::string code = country["country"].get<std::string>();
      countries += (countries.empty() ? "" : ", ") + (code.empty() ? "not said" : code) + " " +
                   (country["count"].is_null() ? "·" : Count(country["count"]));
    }
    rows.push_back({figure["metric"].get<std::string>(), Count(figure["global"]), Count(figure["eu"]), countries});
  }
  if (!rows.empty()) out += "\n" + Table({"metric", "global", "eu", "by country (· withheld)"}, rows, 110);
  const json& sent = picture["sent"];
  out += "\nSent out     " + Count(sent["referral_packages"]) + " referral and " + Count(sent["evidence_packages"]) +
         " evidence packages; " + Count(sent["distinct_accounts"]) + " accounts, " +
         Count(sent["account_country_pairs"]) + " pairs of account and country\n";
  if (!picture["answers"].empty()) out += "\n" + RenderRecord(picture["answers"]);
  if (picture["held"] != 0)
    out += "\n" + Count(picture["held"]) +
           " reports contradict others and wait for a decision: crossguard outcome list --state held\n";
  return out;
}

void AddCases(Program& program) {
  struct Options {
    CaseToOpen to_open;
    std::string id;
  };
  const auto o = std::make_shared<Options>();
  program.Group("case", "This authority's cases: open, list, show, close");
  program
      .Verb("case open", "Open a case for a package or an account, and report it as an outcome",
            "case open --number AT-12/22 --operation kauri --package pkg-... --to nz-dia --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return OpenCase(*house, program.world().actor(Act::kOpenCase), o->to_open);
            })
      .Needed("--number", o->to_open.case_number, "The authority's own case number")
      .Needed("--operation", o->to_open.operation, "Name of the operation")
      .Option("--package", o->to_open.package, "Id of the package that came")
      .Option("--account", o->to_open.account, "Or id of the account")
      .Option("--to", o->to_open.to, "Authorities that are told");
  program
      .Verb("case list", "All cases", "case list --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ListCases(*house, program.world().actor(Act::kShowRecord).officer, o->to_open.operation);
            })
      .Option("--operation", o->to_open.operation, "Of this operation only");
  program
      .Verb("case show", "One case: its outcomes, and what was seized in it and found by the cross-check",
            "case show AT-12/22 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ShowCase(*house, program.world().actor(Act::kShowRecord), o->id);
            })
      .Needed("id", o->id, "Its id or number");
  program
      .Verb("case close", "Close a case, with the reason", "case close AT-12/22 --reason judged --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return CloseCase(*house, program.world().actor(Act::kOpenCase), o->id);
            })
      .Needed("id", o->id, "Its id or number");
}

void AddReporting(Program& program) {
  const auto o = std::make_shared<OutcomeToReport>();
  const auto action = [&program, o](Act act) -> Answered {
    House* const house = TRY(program.world().house(true));
    OutcomeToReport facts = *o;
    if (act == Act::kCorrectOutcome) facts.reason = program.common().reason;
    return ReportOutcome(*house, program.world().actor(act), facts);
  };
  const auto add_options = [o](VerbOptions verb) {
    std::vector<std::string> kinds(Words<OutcomeKind>::kTexts.begin(), Words<OutcomeKind>::kTexts.end());
    verb.Needed("--operation", o->operation, "Name of the operation")
        .Option("--count", o->count, "How many")
        .Option("--on", o->on, "The day it happened (2021-05-03); default: today")
        .Option("--country", o->country, "Where; default: this authority's country")
        .Option("--case", o->case_number, "The authority's own case number")
        .Option("--ref", o->ref, "Own reference of this report; default: made from the rest")
        .Option(
            "--shared-reference", o->references,
            "A reference that other agencies know for the same child, suspect or place; only a key made of it is kept")
        .Option("--package", o->package, "Id of the package that it answers")
        .Option("--account", o->accounts, "Ids of the accounts that it came of")
        .Option("--file", o->files, "SHA-256 of the files that it is about")
        .Option("--to", o->to, "Authorities that are told");
    verb.OneOf("kind", o->kind, kinds, "What came of it");
    return verb;
  };
  add_options(program.Verb("outcome report", "Report what came of it: a kind, a count, a day; no names",
                           "outcome report child_safeguarded --operation kauri --case AT-12/22 --to nz-dia --data data",
                           [action] { return action(Act::kReportOutcome); }));
  add_options(program.Verb("outcome correct", "Replace a report of this authority by another; --count 0 withdraws it",
                           "outcome correct arrest --corrects out-... --count 2 --reason 'one was counted twice' "
                           "--operation kauri --data data",
                           [action] { return action(Act::kCorrectOutcome); }))
      .Needed("--corrects", o->corrects, "Id or reference of the report that is replaced");
}

void AddOutcomes(Program& program) {
  struct Options {
    std::string id, operation, state, path, write_to, take_from;
    std::vector<std::string> to;
    bool accept = false, reject = false;
    int64_t limit = 200;
  };
  const auto o = std::make_shared<Options>();
  program.Group("outcome", "What came of it: report, correct, list, decide");
  AddReporting(program);
  program
      .Verb("outcome list", "Reports with their state; history stays", "outcome list --state held --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ListOutcomes(*house, program.world().actor(Act::kShowRecord).officer,
                                  {.operation = o->operation, .state = o->state, .limit = o->limit});
            })
      .Option("--operation", o->operation, "Of this operation only")
      .OneOf("--state", o->state, {Words<OutcomeState>::kTexts.begin(), Words<OutcomeState>::kTexts.end()},
             "In this state only")
      .Option("--limit", o->limit, "Rows at most");
  program
      .Verb("outcome decide", "A held report: accept it in place of what it contradicts, or reject it",
            "outcome decide out-... --accept --officer officer-2 --reason 'the later count is right' --data data",
            [&program, o]() -> Answered {
              if (o->accept == o->reject) return Fail(Code::kInvalid, "Give one of --accept and --reject.");
              House* const house = TRY(program.world().house(true));
              return DecideOutcome(*house, TRY(program.world().named_actor(Act::kCorrectOutcome)), o->id, o->accept);
            })
      .Needed("id", o->id, "Id of the held report")
      .Flag("--accept", o->accept, "It counts, and replaces what it contradicts")
      .Flag("--reject", o->reject, "It stays visible and never counts");
  program
      .Verb("outcome take",
            "A file of outcomes: another authority's as if sent by message, or this one's own, told to others",
            "outcome take --from op/outcomes/at-bk.json --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return TakeOutcomeFile(*house, program.world().actor(Act::kReportOutcome), o->path, o->to);
            })
      .Needed("--from", o->path, "A file of format crossguard-outcomes/1")
      .Option("--to", o->to, "Authorities that are told, of this authority's own file");
  program
      .Verb("outcome key", "The key that the participants of an operation share, so that one child counts once",
            "outcome key --write usb/outcome.key --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return OutcomeKeyFile(*house, program.world().actor(Act::kReportOutcome), o->write_to, o->take_from);
            })
      .Option("--write", o->write_to, "Write it to this file, for the other participants")
      .Option("--from", o->take_from, "Take it from this file");
}

void AddPicture(Program& program) {
  struct Options {
    std::string operation, as_of, metric, scope = "global";
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb(
          "picture", "The operation's figures, in the form of a press release: each child, person and case once",
          "picture --operation kauri --as-of 2022-03-02 --data data",
          [&program, o]() -> Answered {
            if (o->operation.empty()) return Fail(Code::kInvalid, "Name the operation with --operation.");
            House* const house = TRY(program.world().house(true));
            return Picture(*house, program.world().actor(Act::kPublishPicture), o->operation, o->as_of);
          },
          RenderPicture)
      .Option("--operation", o->operation, "Name of the operation")
      .Option("--as-of", o->as_of, "What authorities had said by the end of that day; default: today");
  program
      .Verb("picture open", "The reports behind one number, for those who may see them",
            "picture open arrest --scope NZ --operation kauri --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return OpenPicture(*house, program.world().actor(Act::kShowRecord), o->operation, o->metric, o->scope,
                                 o->as_of);
            })
      .Needed("metric", o->metric, "case_opened, arrest, child_safeguarded, ...")
      .Option("--scope", o->scope, "global, eu, or a country as NZ")
      .Needed("--operation", o->operation, "Name of the operation")
      .Option("--as-of", o->as_of, "As of that day; default: today");
}

void AddFeedback(Program& program) {
  const auto operation = std::make_shared<std::string>();
  program.Group("feedback", "What outcomes say back: to provider, lists, triage, officers");
  const auto add = [&](const std::string& about, const std::string& help, bool of_operation) {
    VerbOptions verb = program.Verb(
        "feedback " + about, help, "feedback " + about + (of_operation ? " --operation kauri" : "") + " --data data",
        [&program, operation, about]() -> Answered {
          House* const house = TRY(program.world().house(true));
          return Feedback(*house, program.world().actor(Act::kShowRecord), about, *operation);
        });
    if (of_operation) verb.Needed("--operation", *operation, "Name of the operation");
  };
  add("provider", "A card per provider: how complete its reports are, and what came of them", false);
  add("lists", "Votes on list entries, by their owner: confirmed, or found not to be abuse material", false);
  add("triage", "How often each risk band and rule led to somebody; suggestions only", true);
  add("officers", "For the people who triaged: what came of their work", true);
  const auto peers = std::make_shared<std::vector<std::string>>();
  program
      .Verb("feedback send", "Post the votes to the owners of the lists; with --to, how well triage did, to peers",
            "feedback send --data data",
            [&program, operation, peers]() -> Answered {
              House* const house = TRY(program.world().house(true));
              const Actor actor = program.world().actor(Act::kSendMessages);
              return peers->empty() ? SendListVotes(*house, actor)
                                    : SendTriageFigures(*house, actor, *operation, *peers);
            })
      .Option("--to", *peers, "Authorities that hear how well triage did (needs --operation)")
      .Option("--operation", *operation, "Name of the operation");
  program.Verb(
      "feedback received", "What others said of our reports, lists and triage", "feedback received --data data",
      [&program]() -> Answered { return outcome_rows::ListFeedback(TRY(program.world().house(false))->db()); });
}

}  // namespace

void AddOutcomeVerbs(Program& program) {
  AddCases(program);
  AddOutcomes(program);
  AddPicture(program);
  AddFeedback(program);
}

}  // namespace crossguard
