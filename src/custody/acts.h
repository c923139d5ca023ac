// Who may do what: one closed table. An act that is not in it does not exist; a role that is not named may not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace crossguard {

enum class Act : uint8_t {
  kOpenOperation,
  kSealSubmission,
  kReadSubmission,
  kExamineFiles,
  kImportList,
  kImportContribution,
  kMatchFiles,
  kCrossCheck,
  kTriage,
  kComposePackage,
  kSealPackage,
  kReleasePackage,
  kRecordAnswer,
  kOpenPackage,
  kShowRecord,
  kVerifyLedger,
  kBalance,
  kLoadAuthorities,
  kChangeLabel,
  kJoinCase,
  kBreakGlass,
  kTrustPeer,
  kSendMessages,
  kTakeMessages,
  kAskInformation,
  kAnswerInformation,
  kAskRelease,
  kDecideRelease,
  kAssignLead,
  kSetTask,
  kSettleDeconfliction,
  kOpenCase,
  kReportOutcome,
  kCorrectOutcome,
  kPublishPicture,
  kAskPreservation,
  kReviewRetention,
  kErase,
  kCosignCheckpoint,
  kRevokePeer,
  kOverrideDeconfliction
};

enum class Role : uint8_t { kIntake, kAnalyst, kTriage, kDissemination, kSupervisor, kDataProtection };
constexpr uint32_t RoleBit(Role role) {
  return 1U << static_cast<uint32_t>(role);
}

struct ActRule {
  Act act;
  std::string_view name;  // "release_package": the text form, in the ledger and in --json
  uint32_t roles;         // RoleBit(...) | ...: an officer with any of them may
  int officers_needed;    // distinct officers who must agree before a permit exists; 1 for most, 2 for release
};

std::span<const ActRule> Acts();
const ActRule& RuleOf(Act act);
std::optional<Act> ActFromText(std::string_view text);
std::string_view Text(Role role);
std::optional<Role> RoleFromText(std::string_view text);

}  // namespace crossguard
