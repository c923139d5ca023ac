// Clocks, review, erasure, preservation.
#include "app/cosign_desk.h"
#include "app/pipeline.h"
#include "app/retention_desk.h"
#include "cli/program.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string RenderClocks(const json& clocks) {
  std::vector<std::vector<std::string>> rows;
  for (const json& item : clocks["items"]) {
    rows.push_back({item["state"].get<std::string>(), item["due_at"].get<std::string>().substr(0, 10),
                    item["kind"].get<std::string>(), item["object"].get<std::string>(),
                    item["what"].get<std::string>()});
  }
  std::string out = HumanCount(clocks["overdue"].get<int64_t>()) + " overdue, " +
                    HumanCount(clocks["soon"].get<int64_t>()) + " soon, at " + clocks["now"].get<std::string>() + "\n";
  if (!rows.empty()) out += Table({"state", "due", "kind", "object", "what to do"}, rows, 80);
  return out;
}

std::string RenderLetters(const json& letters) {
  std::string out;
  for (const json& letter : letters) out += letter["draft"].get<std::string>() + "\n---\n";
  return out + std::to_string(letters.size()) + " letter(s) drafted and noted as asked.\n";
}

Result<Instant> DateOf(const std::string& text) {
  const auto at = ParseInstant(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!at) return Fail(Code::kInvalid, "Give a date as 2026-01-31, or a time as RFC 3339.");
  return *at;
}

// Packages that were withdrawn are composed anew without what was erased; until then nothing may be released.
Answered WithPackages(Program& program, House& house, Answered answer) {
  if (!answer || !answer->contains("operations_to_compose")) return answer;
  for (const json& operation : (*answer)["operations_to_compose"]) {
    const Status made = MakePackages(house, operation.get<std::string>(),
                                     DefaultOfficer(house.book(), Act::kComposePackage), program.world().progress());
    if (!made) (*answer)["compose_again_with_run"] = made.error().message;
  }
  return answer;
}

struct Options {
  std::string id, until, why = "cleared", account, contribution, file, identifier, value_file, reference;
  std::vector<std::string> ids;
  bool keep = false, erase = false, keep_files = false;
  int64_t limit = 100;
};

Result<EraseTarget> TargetOf(House& house, const Options& o) {
  std::vector<EraseTarget> targets;
  if (!o.account.empty()) targets.push_back({.kind = "account", .id = o.account, .type = "", .value = ""});
  if (!o.contribution.empty())
    targets.push_back({.kind = "contribution", .id = o.contribution, .type = "", .value = ""});
  if (!o.file.empty()) targets.push_back({.kind = "file", .id = o.file, .type = "", .value = ""});
  if (!o.identifier.empty()) targets.push_back(TRY(IdentifierIn(house, o.identifier, o.value_file)));
  if (targets.size() != 1)
    return Fail(Code::kInvalid,
                "Name one thing to erase: --account, --contribution, --file, or --identifier with --value-file.");
  return targets.front();
}

void AddReview(Program& program, const std::shared_ptr<Options>& o) {
  program
      .Verb("retention review",
            "Decide on what is due: keep it until a date, with a reason, or erase it (two officers)",
            "retention review acc-... --keep --until 2027-01-31 --reason \"case 12 open\" --officer officer-3 --data "
            "data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              if (o->keep == o->erase) return Fail(Code::kInvalid, "Decide: --keep with --until, or --erase.");
              if (o->keep)
                return KeepUntil(*house, TRY(program.world().named_actor(Act::kReviewRetention)), o->id,
                                 TRY(DateOf(o->until)));
              const std::string kind = o->id.starts_with("con-") ? "contribution" : "account";
              const Actor actor = TRY(program.world().named_actor(Act::kErase));
              return WithPackages(program, *house,
                                  ApproveErasure(*house, actor, {.kind = kind, .id = o->id, .type = "", .value = ""},
                                                 "review_date", false));
            })
      .Needed("id", o->id, "Account or contribution")
      .Flag("--keep", o->keep, "Keep it until --until")
      .Option("--until", o->until, "Date, at most three years from now")
      .Flag("--erase", o->erase, "Erase it");
  program
      .Verb("retention erase", "One officer agrees to erase; the second one erases, here and at every recipient",
            "retention erase --account acc-... --why cleared --officer officer-3 --reason \"order 5/26\" --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              const EraseTarget target = TRY(TargetOf(*house, *o));
              const Actor actor = TRY(program.world().named_actor(Act::kErase));
              return WithPackages(program, *house, ApproveErasure(*house, actor, target, o->why, o->keep_files));
            })
      .Option("--account", o->account, "Account id")
      .Option("--contribution", o->contribution, "Contribution id")
      .Option("--file", o->file, "Id of a content (med-...)")
      .OneOf("--identifier", o->identifier,
             {"email", "phone", "screen_name", "profile_url", "device_id", "ip", "payment"}, "Type of one identifier")
      .Option("--value-file", o->value_file, "A file that holds the identifier")
      .OneOf("--why", o->why, {"cleared", "mistake", "order", "review_date", "owner_erased"}, "Class of the reason")
      .Flag("--keep-files", o->keep_files, "Keep the files that the account uploaded");
}

void AddRunning(Program& program, const std::shared_ptr<Options>& o) {
  program.Verb("retention run", "Erase what its date says, execute what others ask for, ask again who is late",
               "retention run --officer officer-3 --data data", [&program]() -> Answered {
                 House* const house = TRY(program.world().house(true));
                 const Actor actor = program.world().actor(Act::kReviewRetention);
                 return WithPackages(program, *house, RunRetention(*house, actor));
               });
  program.Verb("retention open", "Erasures that are not proved yet: here, at recipients, and asked for by others",
               "retention open --data data",
               [&program]() -> Answered { return OpenErasures(*TRY(program.world().house(false))); });
  program.Verb("retention list", "All tombstones: what was erased, when and why, and nothing of what it was",
               "retention list --data data",
               [&program]() -> Answered { return ListErasures(*TRY(program.world().house(false))); });
  program
      .Verb("retention close", "An officer has dealt with what an erasure could not do by itself",
            "retention close era-... --officer officer-3 --reason \"document looked at\" --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return CloseErasure(*house, TRY(program.world().named_actor(Act::kReviewRetention)), o->id);
            })
      .Needed("id", o->id, "Erasure id");
}

void AddPreservation(Program& program, const std::shared_ptr<Options>& o) {
  program.Group("preservation", "What providers are asked to keep");
  program
      .Verb(
          "preservation ask", "Draft the request to each provider and note that it was asked",
          "preservation ask rep-... --data data",
          [&program, o]() -> Answered {
            House* const house = TRY(program.world().house(true));
            return AskPreservation(*house, program.world().actor(Act::kAskPreservation), o->ids);
          },
          RenderLetters)
      .Option("ids", o->ids, "Report ids; none: all whose keeping lapses soon");
  program
      .Verb("preservation list", "Asked, confirmed, lapsed", "preservation list --data data",
            [&program, o]() -> Answered { return ListPreservation(*TRY(program.world().house(false)), o->limit); })
      .Option("--limit", o->limit, "Rows at most");
  program
      .Verb("preservation confirm", "The provider keeps it until then",
            "preservation confirm rep-... --until 2027-01-31 --reference K-77 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ConfirmPreservation(*house, program.world().actor(Act::kAskPreservation), o->id,
                                         TRY(DateOf(o->until)), o->reference);
            })
      .Needed("id", o->id, "Report id")
      .Needed("--until", o->until, "Date that the provider gave")
      .Option("--reference", o->reference, "The provider's own reference");
}

// The group "ledger" stands in check_verbs.cc.
void AddWitnesses(Program& program, const std::shared_ptr<Options>& o) {
  program.Verb("ledger cosign", "Send the published head to the witnesses that have not cosigned it",
               "ledger cosign --data data", [&program]() -> Answered {
                 House* const house = TRY(program.world().house(true));
                 return AskCosignatures(*house, program.world().actor(Act::kCosignCheckpoint));
               });
  program
      .Verb("ledger witnesses", "Who cosigned which size, whose ledgers this house has seen, and what did not agree",
            "ledger witnesses --data data",
            [&program, o]() -> Answered {
              if (o->file.empty()) return ShowWitnesses(*TRY(program.world().house(false)));
              House* const house = TRY(program.world().house(true));
              return CompareCheckpoint(*house, program.world().actor(Act::kCosignCheckpoint), o->file);
            })
      .Option("--compare", o->file, "A checkpoint that another house was shown");
}

}  // namespace

void AddRetentionVerbs(Program& program) {
  const auto o = std::make_shared<Options>();
  program
      .Verb(
          "clocks", "What is due, overdue first", "clocks --data data",
          [&program, o]() -> Answered { return Clocks(*TRY(program.world().house(false)), o->limit); }, RenderClocks)
      .Option("--limit", o->limit, "Rows at most");
  program.Group("retention", "Review, erase, and prove it");
  AddReview(program, o);
  AddRunning(program, o);
  AddPreservation(program, o);
  AddWitnesses(program, o);
}

}  // namespace crossguard
