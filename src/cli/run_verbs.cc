// The main job: make a synthetic operation, take a submission through, look at single files.
#include <cstdio>

#include "app/hash_files.h"
#include "app/pipeline.h"
#include "cli/exit_codes.h"
#include "cli/program.h"
#include "model/canonical.h"
#include "simulate/simulate.h"

namespace crossguard {
namespace {

using nlohmann::json;

void AddSimulate(Program& program) {
  struct Options {
    std::string size, out, picture;
    uint64_t seed = 1;
    int workers = 0;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("simulate", "Make a synthetic operation of any size from one seed", "simulate tiny --seed 7 --out op",
            [&program, o]() -> Answered {
              Env* const env = TRY(program.world().env());
              return Simulate(*env, {.size = o->size,
                                     .seed = o->seed,
                                     .out = o->out,
                                     .workers = o->workers,
                                     .picture = o->picture,
                                     .progress = [&program](const SimulateProgress& p) {
                                       program.world().progress().Tell({.stage = "drawing",
                                                                        .done = p.done,
                                                                        .total = p.total,
                                                                        .noun = "files",
                                                                        .byte_count = p.byte_count});
                                     }});
            })
      .Needed("size", o->size, "tiny, demo, seed, or accounts=N,files=M,bytes=B")
      .Option("--seed", o->seed, "The seed: the same seed gives the same bytes")
      .OneOf("--picture", o->picture, {"press-release"}, "Plant the outcomes of the press release, whatever the size")
      .Needed("--out", o->out, "A new folder")
      .Option("--workers", o->workers, "Threads that draw (default: cores)");
}

void AddRun(Program& program) {
  struct Options {
    std::string path, operation, origin_case;
    int workers = 0;
  };
  const auto o = std::make_shared<Options>();
  const auto run_options = [&program, o] {
    return RunOptions{.submission_path = o->path,
                      .operation = o->operation,
                      .officer = program.world().actor(Act::kSealSubmission).officer,
                      .workers = o->workers,
                      .origin_case = o->origin_case};
  };
  program
      .Verb(
          "run", "The whole way from a submission to sealed packages; resumes after a kill",
          "run op --operation kauri --data data",
          [&program, run_options]() -> Answered {
            House* const house = TRY(program.world().house(true));
            return Run(*house, run_options(), program.world().progress());
          },
          RenderRun)
      .Needed("submission", o->path, "A submission, or an operation folder made by simulate")
      .Needed("--operation", o->operation, "Name of the operation; made if new")
      .Option("--origin-case", o->origin_case, "Seized material: id or number of the case it comes from")
      .Option("--workers", o->workers, "Examiner processes (default: cores)");
  program
      .Verb("intake", "Seal and read a submission, no more", "intake submission --operation kauri --data data",
            [&program, run_options]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return Intake(*house, run_options(), program.world().progress());
            })
      .Needed("submission", o->path, "A submission in any of the three shapes")
      .Needed("--operation", o->operation, "Name of the operation; made if new")
      .Option("--origin-case", o->origin_case, "Seized material: id or number of the case it comes from");
}

void AddHash(Program& program) {
  struct Options {
    std::vector<std::string> paths;
    HashWishes wishes;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("hash", "Digests, type and PDQ of files, opened only in the jail; nothing is stored",
            "hash --json picture.jpg folder",
            [&program, o]() -> Answered {
              program.set_streamed();
              Env* const env = TRY(program.world().env());
              const bool as_json = program.common().json;
              const HashSummary summary = TRY(HashFiles(*env, o->paths, o->wishes, [as_json](const json& fact) {
                std::fputs((as_json ? Canonical(fact) + "\n" : HashLine(fact)).c_str(), stdout);
              }));
              if (summary.unreadable_count > 0) program.set_exit_code(ExitCode(Code::kNotFound));
              return json();
            })
      .Needed("paths", o->paths, "Files or folders")
      .Flag("--full-pdq", o->wishes.full_pdq, "Also the PDQ of the full picture, where it is larger than 512 pixels")
      .Flag("--dihedral", o->wishes.dihedral, "Also the hashes of the turned and mirrored picture")
      .Option("--workers", o->wishes.workers, "Examiner processes (default: cores)");
}

}  // namespace

void AddRunVerbs(Program& program) {
  AddSimulate(program);
  AddRun(program);
  AddHash(program);
}

}  // namespace crossguard
