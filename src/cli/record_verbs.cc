// One record explained, and the queues of work that wait for a person.
#include "app/access_desk.h"
#include "cli/program.h"

namespace crossguard {

void AddRecordVerbs(Program& program) {
  struct Options {
    std::string id;
    int64_t limit = 100;
  };
  const auto o = std::make_shared<Options>();
  for (const char* noun : {"account", "subject", "file"}) {
    const std::string name = noun;
    program.Group(name, "Explain one " + name);
    program
        .Verb(name + " show", "Where each value came from, why each link, score and claim",
              name + " show ID --data data",
              [&program, o, name]() -> Answered {
                House* const house = TRY(program.world().house(true));
                return Show(*house, program.world().actor(Act::kShowRecord), name, o->id);
              })
        .Needed("id", o->id, "Its id");
  }
  program
      .Verb("account agree", "A second officer agrees that a possible minor's account may be packed",
            "account agree acc-... --officer officer-3 --reason reviewed --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AgreeToAccount(*house, TRY(program.world().named_actor(Act::kComposePackage)), o->id);
            })
      .Needed("id", o->id, "Its id");
  program
      .Verb("queue", "Work that waits for a person: all queues, or one of them", "queue urgent --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              const Reader reader = TRY(ReadAs(*house, program.world().actor(Act::kShowRecord).officer));
              return o->id.empty() ? ListQueues(house->db(), reader.viewer)
                                   : ShowQueue(house->db(), reader.viewer, o->id, o->limit);
            })
      .Option("name", o->id, "urgent, second_officer, unknown_material, unclear_jurisdiction, safeguarding, ...")
      .Option("--limit", o->limit, "Rows at most");
  program
      .Verb("quarantine", "What could not be read, and why", "quarantine --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              const Reader reader = TRY(ReadAs(*house, program.world().actor(Act::kShowRecord).officer));
              return ListQuarantine(house->db(), reader.viewer, o->limit);
            })
      .Option("--limit", o->limit, "Rows at most");
}

}  // namespace crossguard
