// crossguard: the one command line. Parse, call app/, print. No rule lives here.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/desk.h"
#include "app/hash_files.h"
#include "app/house.h"
#include "app/packages.h"
#include "app/pipeline.h"
#include "app/score.h"
#include "cli/exit_codes.h"
#include "cli/terminal.h"
#include "model/canonical.h"
#include "register/desk_rows.h"
#include "simulate/simulate.h"

namespace crossguard {
namespace {

using nlohmann::json;

// What every command shares.
struct Common {
  std::string data_folder = "crossguard-data";
  std::string authorities_path;
  std::string officer;
  std::string reason;
  bool json = false;
  bool quiet = false;
  std::string at;  // RFC 3339: the clock stands still there
};

std::string ShippedConfigFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path installed = program.parent_path().parent_path() / "share" / "crossguard";
  if (!error && std::filesystem::exists(installed / "authorities.toml", error)) return installed.string();
  return CROSSGUARD_CONFIG_FOLDER;
}

// The world of one command. The clock may be fixed by --at, so that a run can be repeated to the byte.
class World {
 public:
  explicit World(const Common& common) : common_(common) {}

  Result<Env*> env() {
    Clock* clock = &system_clock_;
    if (!common_.at.empty()) {
      const auto at = ParseInstant(common_.at);
      if (!at) return Fail(Code::kInvalid, "--at: " + at.error().message);
      fixed_clock_ = std::make_unique<ManualClock>(*at);
      clock = fixed_clock_.get();
    }
    env_ = std::make_unique<Env>(Env{*clock, random_, files_, Log(nullptr)});
    progress_ = std::make_unique<TerminalProgress>(system_clock_, common_.quiet || common_.json);
    return env_.get();
  }
  Result<House*> house(bool writable) {
    Env* const env_now = TRY(env());
    house_ = TRY(House::Open(*env_now, {.data_folder = common_.data_folder,
                                        .shipped_config_folder = ShippedConfigFolder(),
                                        .authorities_path = common_.authorities_path,
                                        .writable = writable}));
    return house_.get();
  }
  Actor actor(Act act) const {
    return {.officer = common_.officer.empty() ? DefaultOfficer(house_->book(), act) : common_.officer,
            .reason = common_.reason.empty() ? "command line" : common_.reason};
  }
  Progress& progress() { return *progress_; }

 private:
  const Common& common_;
  SystemClock system_clock_;
  std::unique_ptr<ManualClock> fixed_clock_;
  SystemRandom random_;
  SystemFiles files_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<TerminalProgress> progress_;
  std::unique_ptr<House> house_;
};

using Answered = Result<json>;

// One verb: its action returns an answer, which is printed as JSON or rendered.
class Program {
 public:
  Program()
      : app_(
            "crossguard: from a provider's report of abuse material to sealed packages for the authorities that can "
            "act.\n"
            "Example: crossguard simulate tiny --seed 1 --out op && crossguard run op --operation first --data data") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", CROSSGUARD_VERSION);
    app_.failure_message(CLI::FailureMessage::help);
    app_.fallthrough();
    AddSimulate();
    AddRun();
    AddHash();
    AddLists();
    AddPackages();
    AddRecords();
    AddChecks();
  }

  int Main(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error);
      std::fprintf(stderr, "crossguard: %s. See `crossguard --help`.\n", error.what());
      return kExitUsage;
    }
    if (!action_) return kExitUsage;
    const Answered answer = action_();
    if (!answer) return ReportError(answer.error(), common_.json);
    if (!streamed_) std::fputs((common_.json ? Canonical(*answer) + "\n" : render_(*answer)).c_str(), stdout);
    return std::fflush(stdout) == 0 ? exit_code_ : ExitCode(Code::kExhausted);
  }

 private:
  using Action = std::function<Answered()>;
  using Render = std::function<std::string(const json&)>;

  CLI::App* Verb(CLI::App* parent, const std::string& name, const std::string& about, const std::string& example,
                 Action action, Render render = RenderRecord) {
    CLI::App* verb = parent->add_subcommand(name, about);
    verb->footer("Example: crossguard " + example);
    verb->add_option("--data", common_.data_folder, "The one data directory")->capture_default_str();
    verb->add_flag("--json", common_.json, "Answer as JSON");
    verb->add_flag("--quiet", common_.quiet, "No progress on stderr");
    verb->add_option("--officer", common_.officer,
                     "Who acts (an id of the authorities file); default: the first who may");
    verb->add_option("--reason", common_.reason, "Why; kept in the ledger");
    verb->add_option("--authorities", common_.authorities_path,
                     "Authorities file instead of DATA/config/authorities.toml");
    verb->add_option("--at", common_.at,
                     "Fixed time (RFC 3339) instead of the clock, for runs that must repeat to the byte");
    verb->callback([this, action = std::move(action), render = std::move(render)] {
      action_ = action;
      render_ = render;
    });
    return verb;
  }
  CLI::App* Group(const std::string& name, const std::string& about) {
    CLI::App* group = app_.add_subcommand(name, about);
    group->require_subcommand(1);
    return group;
  }

  void AddSimulate() {
    CLI::App* verb = Verb(&app_, "simulate", "Make a synthetic operation of any size from one seed",
                          "simulate tiny --seed 7 --out op", [this]() -> Answered {
                            Env* const env = TRY(world_.env());
                            return Simulate(*env, {.size = size_,
                                                   .seed = seed_,
                                                   .out = out_,
                                                   .workers = workers_,
                                                   .progress = [this](const SimulateProgress& p) {
                                                     world_.progress().Tell({.stage = "drawing",
                                                                             .done = p.done,
                                                                             .total = p.total,
                                                                             .noun = "files",
                                                                             .byte_count = p.byte_count});
                                                   }});
                          });
    verb->add_option("size", size_, "tiny, demo, seed, or accounts=N,files=M,bytes=B")->required();
    verb->add_option("--seed", seed_, "The seed: the same seed gives the same bytes")->capture_default_str();
    verb->add_option("--out", out_, "A new folder")->required();
    verb->add_option("--workers", workers_, "Threads that draw (default: cores)");
  }

  void AddRun() {
    CLI::App* verb = Verb(
        &app_, "run", "The whole way from a submission to sealed packages; resumes after a kill",
        "run op --operation kauri --data data",
        [this]() -> Answered {
          House* const house = TRY(world_.house(true));
          return Run(*house,
                     {.submission_path = path_,
                      .operation = operation_,
                      .officer = world_.actor(Act::kSealSubmission).officer,
                      .workers = workers_},
                     world_.progress());
        },
        RenderRun);
    verb->add_option("submission", path_, "A submission, or an operation folder made by simulate")->required();
    verb->add_option("--operation", operation_, "Name of the operation; made if new")->required();
    verb->add_option("--workers", workers_, "Examiner processes (default: cores)");

    verb = Verb(&app_, "intake", "Seal and read a submission, no more",
                "intake submission --operation kauri --data data", [this]() -> Answered {
                  House* const house = TRY(world_.house(true));
                  return Intake(*house,
                                {.submission_path = path_,
                                 .operation = operation_,
                                 .officer = world_.actor(Act::kSealSubmission).officer},
                                world_.progress());
                });
    verb->add_option("submission", path_, "A submission in any of the three shapes")->required();
    verb->add_option("--operation", operation_, "Name of the operation; made if new")->required();
  }

  void AddHash() {
    CLI::App* verb = Verb(&app_, "hash", "Digests, type and PDQ of files, opened only in the jail; nothing is stored",
                          "hash --json picture.jpg folder", [this]() -> Answered {
                            streamed_ = true;
                            Env* const env = TRY(world_.env());
                            const HashSummary summary = TRY(HashFiles(*env, paths_, workers_, [this](const json& fact) {
                              if (common_.json)
                                std::fputs((Canonical(fact) + "\n").c_str(), stdout);
                              else
                                std::fputs(HashLine(fact).c_str(), stdout);
                            }));
                            if (summary.unreadable_count > 0) exit_code_ = ExitCode(Code::kNotFound);
                            return json();
                          });
    verb->add_option("paths", paths_, "Files or folders")->required();
    verb->add_option("--workers", workers_, "Examiner processes (default: cores)");
  }

  void AddLists() {
    CLI::App* group = Group("list", "Hash lists: import them, see what they hold");
    CLI::App* verb = Verb(group, "import", "Import a hash list (CSV or VICS-shaped JSON) with its provenance",
                          "list import known.csv --data data", [this]() -> Answered {
                            House* const house = TRY(world_.house(true));
                            match::ListFacts facts;
                            const auto take = [](const std::string& from, std::optional<std::string>& to) {
                              if (!from.empty()) to = from;
                            };
                            take(list_name_, facts.name);
                            take(list_version_, facts.version);
                            take(list_owner_, facts.owner);
                            take(list_scheme_, facts.scheme);
                            if (!list_kind_.empty()) facts.kind = FromText<ListKind>(list_kind_);
                            return ImportListFile(*house, world_.actor(Act::kImportList), path_, facts);
                          });
    verb->add_option("file", path_, "The list")->required();
    verb->add_option("--name", list_name_, "Its name, if the file does not say");
    verb->add_option("--list-version", list_version_, "Its version");
    verb->add_option("--owner", list_owner_, "Who answers for it");
    verb->add_option("--scheme", list_scheme_, "The classification scheme of its codes");
    verb->add_option("--kind", list_kind_, "known or benign")->check(CLI::IsMember({"known", "benign"}));
    verb = Verb(group, "show", "All lists, or one of them", "list show --data data", [this]() -> Answered {
      House* const house = TRY(world_.house(false));
      return id_.empty() ? ListHashLists(house->db()) : ShowHashList(house->db(), id_);
    });
    verb->add_option("id", id_, "Id or name of a list");

    group = Group("holdings", "Contributions of partner authorities");
    verb = Verb(group, "import", "Import a partner's selectors and digests to be compared",
                "holdings import eu-europol.json --data data", [this]() -> Answered {
                  House* const house = TRY(world_.house(true));
                  return ImportHoldingsFile(*house, world_.actor(Act::kImportContribution), path_);
                });
    verb->add_option("file", path_, "The contribution")->required();
  }

  void AddPackages() {
    CLI::App* group = Group("package", "Packages: list, check, release, answer, open");
    Verb(group, "list", "All packages", "package list --data data",
         [this]() -> Answered { return ListPackages(TRY(world_.house(false))->db()); });
    CLI::App* verb = Verb(group, "show", "One package: its accounts, approvals and ledger leaves",
                          "package show pkg-... --data data", [this]() -> Answered {
                            House* const house = TRY(world_.house(true));
                            return Show(*house, world_.actor(Act::kShowRecord), "package", id_);
                          });
    verb->add_option("id", id_, "Package id")->required();

    verb = Verb(group, "verify", "Check a sealed package: whole, and signed by its sender; with a key also inside",
                "package verify data/packages/sealed/pkg-...", [this]() -> Answered {
                  return VerifyPackageFolder(*TRY(world_.env()), package_, common_.data_folder);
                });
    AddPackageOptions(verb);
    verb = Verb(group, "open", "Verify everything, then release the contents into a new folder",
                "package open pkg-... --out opened --data data", [this]() -> Answered {
                  return OpenPackageFolder(*TRY(world_.env()), package_, common_.data_folder, out_);
                });
    AddPackageOptions(verb);
    verb->add_option("--out", out_, "A folder that does not exist yet")->required();

    verb = Verb(group, "approve", "One officer agrees to release; the last one needed releases",
                "package approve --operation kauri --officer officer-2 --data data", [this]() -> Answered {
                  House* const house = TRY(world_.house(true));
                  if (common_.officer.empty())
                    return Fail(Code::kInvalid, "Name the officer who agrees with --officer.");
                  return ApproveRelease(*house, world_.actor(Act::kReleasePackage), paths_, operation_);
                });
    verb->add_option("ids", paths_, "Package ids");
    verb->add_option("--operation", operation_, "All sealed packages of this operation");
    verb = Verb(group, "answer", "Record an authority's answer; an acceptance makes the evidence package",
                "package answer pkg-... --decision accept --case-number 12/26 --data data", [this]() -> Answered {
                  House* const house = TRY(world_.house(true));
                  const Actor actor = world_.actor(Act::kRecordAnswer);
                  if (!path_.empty()) return TakeAnswerFile(*house, actor, path_, operation_, world_.progress());
                  return TakeAnswer(
                      *house, actor,
                      {.package_id = id_, .operation = operation_, .decision = decision_, .case_number = case_number_},
                      world_.progress());
                });
    verb->add_option("id", id_, "Package id");
    verb->add_option("--decision", decision_, "accept, refuse or already_known");
    verb->add_option("--case-number", case_number_, "The authority's own case number");
    verb->add_option("--from", path_, "A file of answers instead (needs --operation)");
    verb->add_option("--operation", operation_, "Operation of the file of answers");
  }

  void AddPackageOptions(CLI::App* verb) {
    verb->add_option("package", package_.package, "Package folder, or a package id of the data directory")->required();
    verb->add_option("--as", package_.authority, "The authority that opens");
    verb->add_option("--cert", package_.certificate_path, "Its certificate (PEM)");
    verb->add_option("--key", package_.key_path, "Its private key (PEM)");
    verb->add_option("--sender-ca", package_.sender_ca_path,
                     "Certificate of the authority that vouches for the sender (PEM)");
  }

  void AddRecords() {
    for (const char* noun : {"account", "subject", "file"}) {
      CLI::App* group = Group(noun, std::string("Explain one ") + noun);
      CLI::App* verb = Verb(group, "show", "Where each value came from, why each link, score and claim",
                            std::string(noun) + " show ID --data data", [this, noun]() -> Answered {
                              House* const house = TRY(world_.house(true));
                              return Show(*house, world_.actor(Act::kShowRecord), noun, id_);
                            });
      verb->add_option("id", id_, "Its id")->required();
      if (std::string_view(noun) != "account") continue;
      verb = Verb(group, "agree", "A second officer agrees that a possible minor's account may be packed",
                  "account agree acc-... --officer officer-3 --reason reviewed --data data", [this]() -> Answered {
                    if (common_.officer.empty())
                      return Fail(Code::kInvalid, "Name the officer who agrees with --officer.");
                    return AgreeToAccount(*TRY(world_.house(true)), world_.actor(Act::kComposePackage), id_);
                  });
      verb->add_option("id", id_, "Its id")->required();
    }
    CLI::App* verb = Verb(&app_, "queue", "Work that waits for a person: all queues, or one of them",
                          "queue urgent --data data", [this]() -> Answered {
                            House* const house = TRY(world_.house(false));
                            return id_.empty() ? ListQueues(house->db()) : ShowQueue(house->db(), id_, limit_);
                          });
    verb->add_option("name", id_, "urgent, second_officer, unknown_material, unclear_jurisdiction, safeguarding, ...");
    verb->add_option("--limit", limit_, "Rows at most")->capture_default_str();
    verb = Verb(&app_, "quarantine", "What could not be read, and why", "quarantine --data data",
                [this]() -> Answered { return ListQuarantine(TRY(world_.house(false))->db(), limit_); });
    verb->add_option("--limit", limit_, "Rows at most")->capture_default_str();
  }

  void AddChecks() {
    CLI::App* group = Group("ledger", "The tamper-evident ledger");
    CLI::App* verb = Verb(group, "verify", "Recompute every leaf, tile and the signed checkpoint",
                          "ledger verify --data data", [this]() -> Answered {
                            if (!path_.empty()) return VerifyLedgerCopy(*TRY(world_.env()), path_, verifier_path_);
                            return VerifyLedger(*TRY(world_.house(false)));
                          });
    verb->add_option("--folder", path_, "A copy of a ledger folder instead, verified offline");
    verb->add_option("--verifier", verifier_path_, "Its verifier.txt");
    Verb(
        &app_, "balance", "In = out: every record in one named state", "balance --data data",
        [this]() -> Answered {
          House* const house = TRY(world_.house(true));
          const json balance = TRY(TakeBalance(*house, world_.actor(Act::kBalance).officer));
          if (!balance["holds"].get<bool>()) exit_code_ = ExitCode(Code::kCorrupt);
          return balance;
        },
        RenderBalance);
    verb = Verb(
        &app_, "score", "Precision and recall per stage against planted truth, misses listed",
        "score op/truth.json --data data", [this]() -> Answered { return Score(*TRY(world_.house(false)), path_); },
        RenderScore);
    verb->add_option("truth", path_, "truth.json of simulate")->required();
  }

  CLI::App app_;
  Common common_;
  World world_{common_};
  Action action_;
  Render render_ = RenderRecord;
  bool streamed_ = false;
  int exit_code_ = kExitDone;

  std::string size_, out_, path_, operation_, id_, decision_, case_number_, verifier_path_;
  std::string list_name_, list_version_, list_owner_, list_scheme_, list_kind_;
  std::vector<std::string> paths_;
  PackageToOpen package_;
  uint64_t seed_ = 1;
  int workers_ = 0;
  int64_t limit_ = 100;
};

}  // namespace
}  // namespace crossguard

int main(int argc, char** argv) {
  return crossguard::Program().Main(argc, argv);
}
