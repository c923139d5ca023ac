// The reader of batches: whatever it takes can be written, and reads the same again.
#include <cstddef>
#include <cstdint>

#include "base/json.h"
#include "outcome/batch.h"
#include "outcome/units.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  const auto batch = outcome::ReadBatch(ParseJson(ByteView(data, size)));
  if (!batch) {
    CHECK(!batch.error().message.empty());
    return 0;
  }
  const auto again = outcome::ReadBatch(outcome::BatchJson(*batch));
  CHECK(again.has_value());
  CHECK(again->reports == batch->reports);
  for (const OutcomeReport& report : batch->reports) {
    CHECK(static_cast<int64_t>(report.subjects.size()) <= report.count);
    CHECK(report.on <= report.reported_on);
    CHECK(outcome::SubjectsOf(batch->authority, report).size() <= report.subjects.size() + 1);
  }
  return 0;
}
