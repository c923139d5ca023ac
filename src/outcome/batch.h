// A batch of outcomes as it travels: in a message of kind outcome_report and in a file (crossguard-outcomes/1,
// docs/formats/messages/outcomes.md). Strict and bounded: whatever the reader does not know is refused.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "model/outcome.h"

namespace crossguard::outcome {

constexpr std::string_view kBatchFormat = "crossguard-outcomes/1";
constexpr size_t kReportsMax = 10'000;   // of one batch
constexpr int64_t kCountMax = 100'000;   // of one report
constexpr size_t kSubjectsMax = 1'000;   // of one report
constexpr size_t kTokensMax = 8;         // of one subject
constexpr size_t kAccountsMax = 200;     // of one report, and files as many
constexpr size_t kWordMaxBytes = 120;    // of a reference, a case number, an id
constexpr size_t kReasonMaxBytes = 500;  // of a reason

// kUnsupported for another version of the format; kInvalid names the report by its place ("report 3") and the field.
Result<OutcomeBatch> ReadBatch(const nlohmann::json& body);
nlohmann::json BatchJson(const OutcomeBatch& batch);  // the canonical form: fields that are empty are left out

// "2021-05-03", a day that exists, from 2000 to 2099.
Result<Instant> ReadDay(std::string_view text);

}  // namespace crossguard::outcome
