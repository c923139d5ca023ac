// The nouns that have a name of their own. Key<Account> is a row; Id<Account> ("acc-...") is what people see.
#pragma once

#include <string_view>

#include "base/id.h"

namespace crossguard {

struct Operation {
  static constexpr std::string_view kPrefix = "op";
};
struct Submission {
  static constexpr std::string_view kPrefix = "sub";
};
struct ExhibitItem {
  static constexpr std::string_view kPrefix = "itm";
};  // one file of a submission, as sealed
struct Report {
  static constexpr std::string_view kPrefix = "rep";
};  // ProviderReport
struct Account {
  static constexpr std::string_view kPrefix = "acc";
};  // a provider's account: not a person
struct Selector {
  static constexpr std::string_view kPrefix = "sel";
};
struct Media {
  static constexpr std::string_view kPrefix = "med";
};  // distinct content (MediaObject)
struct FileDetails {
  static constexpr std::string_view kPrefix = "fil";
};  // what the provider declared of a file
struct HashList {
  static constexpr std::string_view kPrefix = "lst";
};
struct HashListEntry {
  static constexpr std::string_view kPrefix = "ent";
};
struct HashHit {
  static constexpr std::string_view kPrefix = "hit";
};
struct VisualCluster {
  static constexpr std::string_view kPrefix = "clu";
};
struct Contribution {
  static constexpr std::string_view kPrefix = "con";
};
struct Holding {
  static constexpr std::string_view kPrefix = "hol";
};
struct PartnerHit {
  static constexpr std::string_view kPrefix = "pht";
};  // hit or no hit with a holding
struct SubjectCandidate {
  static constexpr std::string_view kPrefix = "sbj";
};
struct Bundle {
  static constexpr std::string_view kPrefix = "bun";
};  // viral or batched reports as one
struct ActingOfficer {
  static constexpr std::string_view kPrefix = "ofc";
};  // who asks, under a name that only the own house can make, new for each day and recipient
struct Package {
  static constexpr std::string_view kPrefix = "pkg";
};
struct Message {
  static constexpr std::string_view kPrefix = "msg";
};  // an envelope between nodes
struct NationalCase {
  static constexpr std::string_view kPrefix = "cas";
};
struct Outcome {
  static constexpr std::string_view kPrefix = "out";
};
struct Deconfliction {
  static constexpr std::string_view kPrefix = "dec";
};
struct Task {
  static constexpr std::string_view kPrefix = "tsk";
};
struct Erasure {
  static constexpr std::string_view kPrefix = "era";
};

}  // namespace crossguard
