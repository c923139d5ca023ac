// Packages: list, check, release, answer, open.
#include "app/access_desk.h"
#include "app/interest_desk.h"
#include "app/packages.h"
#include "app/pipeline.h"
#include "app/post_desk.h"
#include "cli/program.h"

namespace crossguard {
namespace {

void AddPackageOptions(VerbOptions verb, PackageToOpen& to) {
  verb.Needed("package", to.package, "Package folder, or a package id of the data directory")
      .Option("--as", to.authority, "The authority that opens")
      .Option("--cert", to.certificate_path, "Its certificate (PEM)")
      .Option("--key", to.key_path, "Its private key (PEM)")
      .Option("--sender-ca", to.sender_ca_path, "Certificate of the authority that vouches for the sender (PEM)");
}

void AddOpening(Program& program) {
  struct Options {
    PackageToOpen package;
    std::string out;
  };
  const auto o = std::make_shared<Options>();
  AddPackageOptions(
      program.Verb("package verify", "Check a sealed package: whole, and signed by its sender; with a key also inside",
                   "package verify data/packages/sealed/pkg-...",
                   [&program, o]() -> Answered {
                     return VerifyPackageFolder(*TRY(program.world().env()), o->package, program.common().data_folder);
                   }),
      o->package);
  VerbOptions open = program.Verb(
      "package open", "Verify everything, then release the contents into a new folder",
      "package open pkg-... --out opened --data data", [&program, o]() -> Answered {
        Env* const env = TRY(program.world().env());
        nlohmann::json opened = TRY(OpenPackageFolder(*env, o->package, program.common().data_folder, o->out));
        // Where it came to this house by message, what it holds is noted.
        if (env->files.Exists(program.common().data_folder + "/register.db")) {
          House* const house = TRY(program.world().house(true));
          opened["interests"] = TRY(NoteOpened(*house, program.world().actor(Act::kOpenCase),
                                               {.sender = opened["sender"].get<std::string>(),
                                                .package = opened["package"].get<std::string>(),
                                                .folder = o->out}));
        }
        return opened;
      });
  AddPackageOptions(open, o->package);
  open.Needed("--out", o->out, "A folder that does not exist yet");
}

void AddRelease(Program& program) {
  struct Options {
    std::vector<std::string> ids;
    std::string id, operation, decision, case_number, path;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("package compose", "Make packages anew without what waits, and of what waits no longer; seal them",
            "package compose --operation kauri --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ComposeAgain(*house, o->operation, program.world().actor(Act::kComposePackage).officer,
                                  program.world().progress());
            })
      .Needed("--operation", o->operation, "Name of the operation");
  program
      .Verb("package seal-anew", "Seal a package to the certificate that was pinned after it was sealed",
            "package seal-anew pkg-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SealAnew(*house, program.world().actor(Act::kSealPackage), o->id, program.world().progress());
            })
      .Needed("id", o->id, "Package id");
  program
      .Verb("package approve", "One officer agrees to release; the last one needed releases",
            "package approve --operation kauri --officer officer-2 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ApproveRelease(*house, TRY(program.world().named_actor(Act::kReleasePackage)), o->ids,
                                    o->operation);
            })
      .Option("ids", o->ids, "Package ids")
      .Option("--operation", o->operation, "All sealed packages of this operation");
  program
      .Verb("package answer", "Record an authority's answer; an acceptance makes the evidence package",
            "package answer pkg-... --decision accept --case-number 12/26 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              const Actor actor = program.world().actor(Act::kRecordAnswer);
              if (!o->path.empty())
                return TakeAnswerFile(*house, actor, o->path, o->operation, program.world().progress());
              return TakeAnswer(*house, actor,
                                {.package_id = o->id,
                                 .operation = o->operation,
                                 .decision = o->decision,
                                 .case_number = o->case_number},
                                program.world().progress());
            })
      .Option("id", o->id, "Package id")
      .Option("--decision", o->decision, "accept, refuse or already_known")
      .Option("--case-number", o->case_number, "The authority's own case number")
      .Option("--from", o->path, "A file of answers instead (needs --operation)")
      .Option("--operation", o->operation, "Operation of the file of answers");
}

}  // namespace

void AddPackageVerbs(Program& program) {
  program.Group("package", "Packages: list, check, release, answer, open");
  program.Verb("package list", "All packages", "package list --data data", [&program]() -> Answered {
    House* const house = TRY(program.world().house(false));
    const Reader reader = TRY(ReadAs(*house, program.world().actor(Act::kShowRecord).officer));
    return ListPackages(house->db(), reader.viewer);
  });
  const auto id = std::make_shared<std::string>();
  program
      .Verb("package show", "One package: its accounts, approvals and ledger leaves",
            "package show pkg-... --data data",
            [&program, id]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return Show(*house, program.world().actor(Act::kShowRecord), "package", *id);
            })
      .Needed("id", *id, "Package id");
  AddOpening(program);
  AddRelease(program);
}

}  // namespace crossguard
