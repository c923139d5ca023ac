#include "custody/acts.h"

#include <array>

#include "base/error.h"

namespace crossguard {
namespace {

constexpr uint32_t kIntake = RoleBit(Role::kIntake);
constexpr uint32_t kAnalyst = RoleBit(Role::kAnalyst);
constexpr uint32_t kTriage = RoleBit(Role::kTriage);
constexpr uint32_t kDissemination = RoleBit(Role::kDissemination);
constexpr uint32_t kSupervisor = RoleBit(Role::kSupervisor);
constexpr uint32_t kDataProtection = RoleBit(Role::kDataProtection);
constexpr uint32_t kEverybody = kIntake | kAnalyst | kTriage | kDissemination | kSupervisor | kDataProtection;

// In the order of the enum, so that the place is the value (a test holds it to that). What may be done by one officer
// stays inside the house; what lets data out of it needs two.
constexpr auto kActs = std::to_array<ActRule>({
    {Act::kOpenOperation, "open_operation", kIntake | kSupervisor, 1},
    {Act::kSealSubmission, "seal_submission", kIntake, 1},
    {Act::kReadSubmission, "read_submission", kIntake, 1},
    {Act::kExamineFiles, "examine_files", kIntake | kAnalyst, 1},
    {Act::kImportList, "import_list", kAnalyst | kSupervisor, 1},
    {Act::kImportContribution, "import_contribution", kAnalyst | kSupervisor, 1},
    {Act::kMatchFiles, "match_files", kAnalyst, 1},
    {Act::kCrossCheck, "cross_check", kAnalyst, 1},
    {Act::kTriage, "triage", kTriage, 1},
    {Act::kComposePackage, "compose_package", kAnalyst | kDissemination, 1},
    {Act::kSealPackage, "seal_package", kDissemination, 1},
    {Act::kReleasePackage, "release_package", kDissemination | kSupervisor, 2},
    {Act::kRecordAnswer, "record_answer", kDissemination, 1},
    {Act::kOpenPackage, "open_package", kAnalyst | kDissemination | kSupervisor, 1},
    {Act::kShowRecord, "show_record", kEverybody, 1},
    {Act::kVerifyLedger, "verify_ledger", kEverybody, 1},
    {Act::kBalance, "balance", kEverybody, 1},
    {Act::kLoadAuthorities, "load_authorities", kSupervisor, 1},
    {Act::kChangeLabel, "change_label", kSupervisor | kDataProtection, 1},
    {Act::kJoinCase, "join_case", kSupervisor, 1},
    {Act::kBreakGlass, "break_glass", kSupervisor | kDataProtection, 2},
    {Act::kTrustPeer, "trust_peer", kSupervisor | kDataProtection, 2},
    {Act::kSendMessages, "send_messages", kDissemination, 1},
    {Act::kTakeMessages, "take_messages", kDissemination | kIntake, 1},
    {Act::kAskInformation, "ask_information", kAnalyst | kDissemination, 1},
    {Act::kAnswerInformation, "answer_information", kDissemination, 1},
    {Act::kAskRelease, "ask_release", kAnalyst | kDissemination, 1},
    {Act::kDecideRelease, "decide_release", kDissemination | kSupervisor, 2},
    {Act::kAssignLead, "assign_lead", kSupervisor, 1},
    {Act::kSetTask, "set_task", kAnalyst | kSupervisor, 1},
    {Act::kSettleDeconfliction, "settle_deconfliction", kSupervisor, 1},
    {Act::kOpenCase, "open_case", kAnalyst | kDissemination | kSupervisor, 1},
    {Act::kReportOutcome, "report_outcome", kAnalyst | kDissemination | kSupervisor, 1},
    {Act::kCorrectOutcome, "correct_outcome", kAnalyst | kDissemination | kSupervisor, 1},
    {Act::kPublishPicture, "publish_picture", kEverybody, 1},
    {Act::kAskPreservation, "ask_preservation", kTriage | kDissemination, 1},
    {Act::kReviewRetention, "review_retention", kDataProtection, 1},
    {Act::kErase, "erase", kDataProtection | kSupervisor, 2},
    {Act::kCosignCheckpoint, "cosign_checkpoint", kDissemination | kIntake | kSupervisor, 1},
    {Act::kRevokePeer, "revoke_peer", kSupervisor | kDataProtection, 1},  // shutting a door is never delayed
    {Act::kOverrideDeconfliction, "override_deconfliction", kSupervisor, 1},
});

constexpr auto kRoles =
    std::to_array<std::string_view>({"intake", "analyst", "triage", "dissemination", "supervisor", "data_protection"});

}  // namespace

std::span<const ActRule> Acts() {
  return kActs;
}

const ActRule& RuleOf(Act act) {
  CHECK(static_cast<size_t>(act) < kActs.size());
  return kActs[static_cast<size_t>(act)];
}

std::optional<Act> ActFromText(std::string_view text) {
  for (const ActRule& rule : kActs) {
    if (rule.name == text) return rule.act;
  }
  return std::nullopt;
}

std::string_view Text(Role role) {
  CHECK(static_cast<size_t>(role) < kRoles.size());
  return kRoles[static_cast<size_t>(role)];
}

std::optional<Role> RoleFromText(std::string_view text) {
  for (size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == text) return static_cast<Role>(i);
  }
  return std::nullopt;
}

}  // namespace crossguard
