// What can be checked again: the ledger, the balance, the score against planted truth.
#include "app/packages.h"
#include "app/pipeline.h"
#include "app/score.h"
#include "cli/exit_codes.h"
#include "cli/program.h"

namespace crossguard {

void AddCheckVerbs(Program& program) {
  struct Options {
    std::string path, verifier_path;
  };
  const auto o = std::make_shared<Options>();
  program.Group("ledger", "The tamper-evident ledger");
  program
      .Verb("ledger verify", "Recompute every leaf, tile and the signed checkpoint", "ledger verify --data data",
            [&program, o]() -> Answered {
              if (!o->path.empty()) return VerifyLedgerCopy(*TRY(program.world().env()), o->path, o->verifier_path);
              return VerifyLedger(*TRY(program.world().house(false)));
            })
      .Option("--folder", o->path, "A copy of a ledger folder instead, verified offline")
      .Option("--verifier", o->verifier_path, "Its verifier.txt");
  program.Verb(
      "balance", "In = out: every record in one named state", "balance --data data",
      [&program]() -> Answered {
        House* const house = TRY(program.world().house(true));
        const nlohmann::json balance = TRY(TakeBalance(*house, program.world().actor(Act::kBalance).officer));
        if (!balance["holds"].get<bool>()) program.set_exit_code(ExitCode(Code::kCorrupt));
        return balance;
      },
      RenderBalance);
  program
      .Verb(
          "score", "Precision and recall per stage against planted truth, misses listed",
          "score op/truth.json --data data",
          [&program, o]() -> Answered { return Score(*TRY(program.world().house(false)), o->path); }, RenderScore)
      .Needed("truth", o->path, "truth.json of simulate");
}

}  // namespace crossguard
