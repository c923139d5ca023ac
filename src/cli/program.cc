#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "cli/exit_codes.h"
#include "model/canonical.h"

namespace crossguard {
namespace {

std::string ShippedConfigFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path installed = program.parent_path().parent_path() / "share" / "crossguard";
  if (!error && std::filesystem::exists(installed / "authorities.toml", error)) return installed.string();
  return CROSSGUARD_CONFIG_FOLDER;
}

CLI::App& AppOf(void* verb) {
  return *static_cast<CLI::App*>(verb);
}

}  // namespace

Result<Env*> World::env() {
  if (env_ != nullptr) return env_.get();
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

HouseOptions World::house_options(bool writable) const {
  return {.data_folder = common_.data_folder,
          .shipped_config_folder = ShippedConfigFolder(),
          .authorities_path = common_.authorities_path,
          .writable = writable};
}

Result<House*> World::house(bool writable) {
  Env* const env_now = TRY(env());
  house_ = TRY(House::Open(*env_now, house_options(writable)));
  if (!house_->book_note().empty()) progress_->Note(house_->book_note());
  return house_.get();
}

Actor World::actor(Act act) const {
  return {.officer = common_.officer.empty() ? DefaultOfficer(house_->book(), act, env_->clock.Now()) : common_.officer,
          .reason = common_.reason.empty() ? "command line" : common_.reason};
}

Result<Actor> World::named_actor(Act act) const {
  if (common_.officer.empty()) return Fail(Code::kInvalid, "Name the officer who agrees with --officer.");
  return actor(act);
}

VerbOptions& VerbOptions::Option(const std::string& name, std::string& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about);
  return *this;
}
VerbOptions& VerbOptions::Option(const std::string& name, int64_t& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about)->capture_default_str();
  return *this;
}
VerbOptions& VerbOptions::Option(const std::string& name, uint64_t& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about)->capture_default_str();
  return *this;
}
VerbOptions& VerbOptions::Option(const std::string& name, int& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about);
  return *this;
}
VerbOptions& VerbOptions::Option(const std::string& name, std::vector<std::string>& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about);
  return *this;
}
VerbOptions& VerbOptions::Needed(const std::string& name, std::string& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about)->required();
  return *this;
}
VerbOptions& VerbOptions::Needed(const std::string& name, std::vector<std::string>& to, const std::string& about) {
  AppOf(verb_).add_option(name, to, about)->required();
  return *this;
}
VerbOptions& VerbOptions::OneOf(const std::string& name, std::string& to, const std::vector<std::string>& words,
                                const std::string& about) {
  AppOf(verb_).add_option(name, to, about)->check(CLI::IsMember(words));
  return *this;
}
VerbOptions& VerbOptions::Flag(const std::string& name, bool& to, const std::string& about) {
  AppOf(verb_).add_flag(name, to, about);
  return *this;
}

struct Program::Parser {
  CLI::App app{
      "crossguard: from a provider's report of abuse material to sealed packages for the authorities that can act.\n"
      "Example: crossguard simulate tiny --seed 1 --out op && crossguard run op --operation first --data data"};
};

Program::Program() : parser_(std::make_unique<Parser>()), exit_code_(kExitDone) {
  CLI::App& app = parser_->app;
  app.require_subcommand(1);
  app.set_version_flag("--version", CROSSGUARD_VERSION);
  app.failure_message(CLI::FailureMessage::help);
  app.fallthrough();
}

Program::~Program() = default;

int Program::Main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the size of files is a full disk: a sentence and its code, not a death
  try {
    parser_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return parser_->app.exit(error);
    std::fprintf(stderr, "crossguard: %s. See `crossguard --help`.\n", error.what());
    return kExitUsage;
  }
  if (!action_) return kExitUsage;
  const Answered answer = action_();
  if (!answer) return ReportError(answer.error(), common_.json);
  if (!streamed_) std::fputs((common_.json ? Canonical(*answer) + "\n" : render_(*answer)).c_str(), stdout);
  if (std::fflush(stdout) == 0) return exit_code_;
  std::fputs("crossguard: The answer could not be written; make room where it goes, or let it go elsewhere.\n", stderr);
  return ExitCode(Code::kExhausted);
}

void Program::Group(const std::string& name, const std::string& about) {
  parser_->app.add_subcommand(name, about)->require_subcommand(1);
}

VerbOptions Program::Verb(const std::string& path, const std::string& about, const std::string& example, Action action,
                          Render render) {
  CLI::App* parent = &parser_->app;
  const size_t space = path.find(' ');
  if (space != std::string::npos) parent = parent->get_subcommand(path.substr(0, space));
  CLI::App* verb = parent->add_subcommand(space == std::string::npos ? path : path.substr(space + 1), about);
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
    if (action_) return;  // the verb stands above the one that was named
    action_ = action;
    render_ = render;
  });
  return VerbOptions(verb);
}

}  // namespace crossguard
