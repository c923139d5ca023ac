// Hash lists and the holdings of partners.
#include "app/access_desk.h"
#include "cli/program.h"

namespace crossguard {

void AddListVerbs(Program& program) {
  struct Options {
    std::string path, id, name, version, owner, scheme, kind, pdq_definition;
  };
  const auto o = std::make_shared<Options>();
  program.Group("list", "Hash lists: import them, see what they hold");
  program
      .Verb("list import", "Import a hash list (CSV or VICS-shaped JSON) with its provenance",
            "list import known.csv --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              match::ListFacts facts;
              const auto take = [](const std::string& from, std::optional<std::string>& to) {
                if (!from.empty()) to = from;
              };
              take(o->name, facts.name);
              take(o->version, facts.version);
              take(o->owner, facts.owner);
              take(o->scheme, facts.scheme);
              take(o->pdq_definition, facts.pdq_definition);
              if (!o->kind.empty()) facts.kind = FromText<ListKind>(o->kind);
              return ImportListFile(*house, program.world().actor(Act::kImportList), o->path, facts);
            })
      .Needed("file", o->path, "The list")
      .Option("--name", o->name, "Its name, if the file does not say")
      .Option("--list-version", o->version, "Its version")
      .Option("--owner", o->owner, "Who answers for it")
      .Option("--scheme", o->scheme, "The classification scheme of its codes")
      .OneOf("--pdq-definition", o->pdq_definition, {"reference", "full"},
             "How its PDQ hashes were made: of at most 512x512 pixels, or of the full picture")
      .OneOf("--kind", o->kind, {"known", "benign"}, "known or benign");
  program
      .Verb("list show", "All lists, or one of them", "list show --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              const Reader reader = TRY(ReadAs(*house, program.world().actor(Act::kShowRecord).officer));
              return o->id.empty() ? ListHashLists(house->db()) : ShowHashList(house->db(), reader.viewer, o->id);
            })
      .Option("id", o->id, "Id or name of a list");

  program.Group("holdings", "Contributions of partner authorities");
  program
      .Verb("holdings import", "Import a partner's selectors and digests to be compared",
            "holdings import eu-europol.json --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ImportHoldingsFile(*house, program.world().actor(Act::kImportContribution), o->path);
            })
      .Needed("file", o->path, "The contribution");
}

}  // namespace crossguard
