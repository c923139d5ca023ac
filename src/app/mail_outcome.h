// What messages about outcomes do when they arrive (docs/formats/messages/outcomes.md).
#pragma once

#include "app/mail_room.h"
#include "base/json.h"
#include "outcome/take.h"

namespace crossguard {

constexpr std::string_view kFeedbackFormat = "crossguard-feedback/1";
constexpr size_t kFiguresMax = 100;  // of one feedback

// An authority reports for itself; an organisation (EU body or international) may carry the reports of others.
Result<Handled> HandleOutcomeReport(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message);
// Kept for the people here; changes nothing.
Result<Handled> HandleFeedback(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message);

// Counts, and each report that is held or new with its state.
nlohmann::json TakeSummaryJson(const OutcomeBatch& batch, const outcome::TakeSummary& summary);

}  // namespace crossguard
