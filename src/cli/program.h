// The frame of the command line: verbs with the options that all share, one action each, one answer. What the verbs are
// stands in the *_verbs.cc files, one for each subject; program.cc alone knows the parsing library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"
#include "cli/terminal.h"
#include "exchange/transport.h"

namespace crossguard {

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

// The world of one command, made when it is asked for.
class World {
 public:
  explicit World(const Common& common) : common_(common) {}

  Result<Env*> env();  // the same each time
  Result<House*> house(bool writable);
  HouseOptions house_options(bool writable) const;
  // The officer and reason of the command line, else the first officer of the book who may do the act.
  Actor actor(Act act) const;
  // As actor(), but the officer must have been named: kInvalid otherwise.
  Result<Actor> named_actor(Act act) const;
  Progress& progress() { return *progress_; }
  // What carries parcels to peers on the channel https; nullptr until somebody hands one in, who keeps it alive.
  exchange::Transport* https() const { return https_; }
  void set_https(exchange::Transport* https) { https_ = https; }
  const Common& common() const { return common_; }

 private:
  const Common& common_;
  SystemClock system_clock_;
  std::unique_ptr<ManualClock> fixed_clock_;
  SystemRandom random_;
  SystemFiles files_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<TerminalProgress> progress_;
  std::unique_ptr<House> house_;
  exchange::Transport* https_ = nullptr;
};

using Answered = Result<nlohmann::json>;
using Action = std::function<Answered()>;
using Render = std::function<std::string(const nlohmann::json&)>;

// Options of one verb. What they fill must live as long as the program: keep it in a shared_ptr that the action holds.
class VerbOptions {
 public:
  explicit VerbOptions(void* verb) : verb_(verb) {}
  // "--name" is an option, "name" stands without dashes. The value that `to` holds now is the default.
  VerbOptions& Option(const std::string& name, std::string& to, const std::string& about);
  VerbOptions& Option(const std::string& name, int64_t& to, const std::string& about);
  VerbOptions& Option(const std::string& name, uint64_t& to, const std::string& about);
  VerbOptions& Option(const std::string& name, int& to, const std::string& about);
  VerbOptions& Option(const std::string& name, std::vector<std::string>& to, const std::string& about);
  VerbOptions& Needed(const std::string& name, std::string& to, const std::string& about);
  VerbOptions& Needed(const std::string& name, std::vector<std::string>& to, const std::string& about);
  VerbOptions& OneOf(const std::string& name, std::string& to, const std::vector<std::string>& words,
                     const std::string& about);
  VerbOptions& Flag(const std::string& name, bool& to, const std::string& about);

 private:
  void* verb_;  // CLI::App, owned by the program
};

class Program {
 public:
  Program();
  ~Program();
  int Main(int argc, char** argv);

  // path: "run", or "package list" for a verb in a group. The action gives JSON or an error; render makes text of it.
  VerbOptions Verb(const std::string& path, const std::string& about, const std::string& example, Action action,
                   Render render = RenderRecord);
  // Made before its verbs.
  void Group(const std::string& name, const std::string& about);

  const Common& common() const { return common_; }
  World& world() { return world_; }
  // For an action that succeeded but must say something by its exit code.
  void set_exit_code(int code) { exit_code_ = code; }
  // The action has printed its answer itself.
  void set_streamed() { streamed_ = true; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  Common common_;
  World world_{common_};
  Action action_;
  Render render_ = RenderRecord;
  bool streamed_ = false;
  int exit_code_ = 0;
};

// One for each subject, in the order of `--help`.
void AddRunVerbs(Program& program);
void AddListVerbs(Program& program);
void AddPackageVerbs(Program& program);
void AddRecordVerbs(Program& program);
void AddExchangeVerbs(Program& program);
void AddRequestVerbs(Program& program);
void AddAuthorityVerbs(Program& program);
void AddServeVerbs(Program& program);
void AddOutcomeVerbs(Program& program);
void AddCheckVerbs(Program& program);
void AddAccessVerbs(Program& program);  // after AddCheckVerbs: it adds to the group `ledger`
void AddCoordinationVerbs(Program& program);
void AddRetentionVerbs(Program& program);

}  // namespace crossguard
