// What an officer may ask, as requests that can be drawn, and the desk that answers them: the real functions, and
// nothing between. A mutant is a desk that answers one kind of request with one mistake; it lives in mutants_test.cc
// alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "app/reading.h"
#include "testing_world.h"

namespace crossguard::noninterference {

enum class Kind : uint8_t {
  kShowAccount,
  kShowSubject,
  kShowFile,
  kShowPackage,
  kListPackages,
  kListQueues,
  kShowQueue,
  kQuarantine,
  kHashList,
  kFigures,
  kSearch,
  kLedger,
  kLabels,
  kSeenOperation,
  kSeenPackage,
  kCases,
  kShowCase,
  kOutcomes,
  kPicture,
  kOpenFigure,
  kProviders,
  kDeconflictions,
  kShowDeconfliction,
  kBoard,
  kLeads,
  kTasks,
  kProposeAnswer
};
constexpr int kKinds = 27;

struct Request {
  Kind kind = Kind::kShowAccount;
  std::string text;  // id, name, beginning
  int64_t limit = 100;
};
std::string Describe(const Request& request);
Request AnyRequest(std::mt19937_64& random);

// A register and its officers, as the desk meets them.
struct Place {
  std::unique_ptr<Database> db;
  AuthorityBook book;
  std::map<std::string, Reader> readers;  // by officer: nothing is written while the worlds are read
};
Place MakePlace(const Seeds& seeds);

class Desk {
 public:
  virtual ~Desk() = default;
  // Every byte that leaves: the answer as canonical JSON, or the error's code and sentence.
  virtual std::string Answer(Place& place, const std::string& officer, const Request& request);

 protected:
  // The same as the mutants need it: the answer before it is bytes.
  static Result<nlohmann::json> Real(const Reader& reader, const Request& request);
  static Result<nlohmann::json> OfWork(const Reader& reader, const Request& request);
  static const Reader& As(Place& place, const std::string& officer);
  static std::string Bytes(const Result<nlohmann::json>& answer);
};

struct Found {
  int64_t trial = 0;
  std::string request, first, second;
};
// Pairs of worlds, and in each pair a sequence of requests by the viewer, some answers to the insider in between. Stops
// at the first that differs. `trials`: comparisons.
std::optional<Found> Compare(Desk& first, Desk& second, int64_t trials, uint64_t seed);

}  // namespace crossguard::noninterference
