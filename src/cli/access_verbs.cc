// Who sees what: search, case access, labels, and the ledger as its reader may see it.
#include "app/access_desk.h"
#include "cli/program.h"

namespace crossguard {
namespace {

void AddSearch(Program& program) {
  struct Options {
    std::string text, object;
    int64_t limit = 50;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("search", "Accounts by the beginning of an identifier, as far as the officer may see them",
            "search someone@ --officer officer-2 --reason 'case 7' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return Search(*house, program.world().actor(Act::kShowRecord), o->text, o->limit);
            })
      .Needed("text", o->text, "An e-mail address, number, name, address ..., or its beginning (3 bytes or more)")
      .Option("--limit", o->limit, "Rows at most");
  program
      .Verb("ledger list", "The newest leaves of what the officer may see or did", "ledger list --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              const Reader reader = TRY(ReadAs(*house, program.world().actor(Act::kVerifyLedger).officer));
              return ListLedger(house->db(), reader.viewer, o->object, o->limit);
            })
      .Option("--object", o->object, "Of this id only: its chain of custody")
      .Option("--limit", o->limit, "Leaves at most");
}

void AddCaseAccess(Program& program) {
  const auto o = std::make_shared<CaseGrant>();
  program.Group("case-access", "Who works on which operation, from when until when");
  program
      .Verb("case-access grant", "Let an officer in; the first grant closes the operation for all others",
            "case-access grant kauri officer-3 --until 2026-12-31T00:00:00Z --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return GrantCaseAccess(*house, program.world().actor(Act::kJoinCase), *o);
            })
      .Needed("operation", o->operation, "Operation (id or name) or case (cas-...)")
      .Needed("member", o->officer, "The officer to let in")
      .Option("--from", o->from, "RFC 3339; default: now")
      .Option("--until", o->until, "RFC 3339, exclusive; default: no end is set");
  program
      .Verb("case-access revoke", "End an officer's membership now", "case-access revoke kauri officer-3 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return RevokeCaseAccess(*house, program.world().actor(Act::kJoinCase), *o);
            })
      .Needed("operation", o->operation, "Operation (id or name) or case (cas-...)")
      .Needed("member", o->officer, "The officer");
  program
      .Verb("case-access list", "Who is, was and will be a member", "case-access list kauri --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ShowCaseAccess(*house, program.world().actor(Act::kShowRecord), o->operation);
            })
      .Needed("operation", o->operation, "Operation (id or name) or case (cas-...)");
  program
      .Verb("case-access break-glass", "Two officers, one after the other: both are let in for a day, and it is kept",
            "case-access break-glass op-... --officer officer-2 --reason 'child in danger' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return BreakGlass(*house, TRY(program.world().named_actor(Act::kBreakGlass)), o->operation);
            })
      .Needed("operation", o->operation, "Id of the operation or case");
}

void AddNotices(Program& program) {
  program.Verb("case-access notices", "Broken glass: what other houses told us, and which owners were told",
               "case-access notices --data data", [&program]() -> Answered {
                 House* const house = TRY(program.world().house(false));
                 return ShowAccessNotices(*house, program.world().actor(Act::kShowRecord).officer);
               });
}

struct LabelOptions {
  std::string id, text, grade, category, compartment, review_at;
  std::vector<std::string> purposes, handling, release_to;
  bool release_to_nobody = false, release_to_anybody = false, no_compartment = false, no_review = false;

  LabelWish Wish() const {
    LabelWish out;
    const auto take = [](const auto& from, auto& to) {
      if (!from.empty()) to = from;
    };
    take(purposes, out.purposes);
    take(handling, out.handling);
    take(text, out.handling_text);
    take(grade, out.grade);
    take(category, out.category);
    take(release_to, out.release_to);
    take(compartment, out.compartment);
    take(review_at, out.review_at);
    if (release_to_nobody) out.release_to = std::vector<std::string>();
    out.release_to_anybody = release_to_anybody;
    if (no_compartment) out.compartment = "";
    if (no_review) out.review_at = "";
    return out;
  }
};

void AddLabels(Program& program) {
  const auto o = std::make_shared<LabelOptions>();
  program.Group("label", "Whose a datum is and what may be done with it");
  program
      .Verb("label show", "The labels in force, its own, and every labelling there was",
            "label show pkg-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ShowLabels(*house, program.world().actor(Act::kShowRecord), o->id);
            })
      .Needed("id", o->id, "op-, sub-, pkg-, acc-, med-, con-, cas- or out- id");
  program
      .Verb("label change", "Narrow labels, or as their originator loosen them; what was stays in the history",
            "label change pkg-... --handling H0 H1 H2 --reason 'court order' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ChangeLabels(*house, program.world().actor(Act::kChangeLabel), o->id, o->Wish());
            })
      .Needed("id", o->id, "op-, sub-, pkg-, acc-, med-, con-, cas- or out- id")
      .Option("--purpose", o->purposes,
              "cross_check, strategic_analysis, operational_analysis, facilitate_exchange; all that hold")
      .Option("--handling", o->handling, "H0, H1, H2, H3; all that hold")
      .Option("--handling-text", o->text, "Of H3: what must be read")
      .Option("--grade", o->grade, "4x4: A, B, C or X and 1, 2, 3 or 4")
      .Option("--category", o->category, "Data-subject category")
      .Option("--release-to", o->release_to, "Authority ids; all that may receive it")
      .Flag("--release-to-nobody", o->release_to_nobody, "An empty release-to set")
      .Flag("--release-to-anybody", o->release_to_anybody, "No release-to set: gateways alone decide")
      .Option("--compartment", o->compartment, "Operation or case of which one must be a member")
      .Flag("--no-compartment", o->no_compartment, "None")
      .Option("--review-at", o->review_at, "RFC 3339: look at it again then")
      .Flag("--no-review", o->no_review, "No date");
}

}  // namespace

void AddAccessVerbs(Program& program) {
  AddSearch(program);
  AddCaseAccess(program);
  AddNotices(program);
  AddLabels(program);
}

}  // namespace crossguard
