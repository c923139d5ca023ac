// truth.json: what was planted, section by section, as blocks come (docs/formats/operation.md).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "env/files.h"
#include "simulate/lists.h"

namespace crossguard::simulate {

enum class Section : uint8_t {
  kAccounts,
  kPersons,
  kNotOnePerson,
  kFiles,
  kHashHits,
  kWithdrawn,
  kBenign,
  kClusters,
  kHits,
  kQuarantine,
  kBatched,
  kVideos
};
constexpr size_t kSectionCount = 12;
// JSON values, each with a comma in front but the first of all.
using TruthParts = std::array<std::string, kSectionCount>;
void Append(TruthParts& parts, Section section, const std::string& json_text);

struct TruthCounts {
  int64_t reports = 0, accounts = 0, reported_accounts = 0, persons = 0, files = 0, contents = 0, unclear = 0;
  uint64_t bytes = 0;
  void Add(const TruthCounts& other);
};

void AppendAccounts(const Block& block, TruthParts& parts, TruthCounts& counts);
void AppendContent(const PlannedContent& content, const Digests& digests,
                   TruthParts& parts);  // hits, withdrawn, benign

// What is shown of one footage, by content: as JSON, by SHA-256.
using FootageMembers = std::map<Sha256, std::string>;
std::string FootageMember(const PlannedContent& content, const Digests& digests);
void AppendFootage(uint64_t base, const FootageMembers& members, TruthParts& parts);  // of two or more

// Collects the sections in files of their own and joins them at the end, so that memory stays flat.
class TruthWriter {
 public:
  static Result<std::unique_ptr<TruthWriter>> Begin(Files& files, const std::string& folder);
  Status Add(const TruthParts& parts);
  // Writes <folder>/truth.json, removes the rest. picture: JSON of the part of that name.
  Status Finish(const OperationPlan& plan, const TruthCounts& counts, const std::string& picture);

 private:
  TruthWriter(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  std::string PartPath(size_t section) const;
  Files& files_;
  std::string folder_;
  std::array<std::unique_ptr<AppendFile>, kSectionCount> sections_;
};

}  // namespace crossguard::simulate
