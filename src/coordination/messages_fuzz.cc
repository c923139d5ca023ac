// The readers of the five bodies and of a document of claims. What is read writes itself again and is read the same.
#include <cstddef>
#include <cstdint>

#include "base/json.h"
#include "coordination/interests.h"
#include "coordination/messages.h"

namespace {

template <class Body>
void Check(const nlohmann::json& json, crossguard::Result<Body> (*read)(const nlohmann::json&),
           nlohmann::json (*write)(const Body&)) {
  const auto body = read(json);
  if (!body) {
    CHECK(!body.error().message.empty() && body.error().message.ends_with('.'));
    return;
  }
  const auto again = read(write(*body));
  CHECK(again.has_value() && write(*again) == write(*body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::coordination;
  const nlohmann::json json = ParseJson(ByteView(data, size));
  Check<NoticeBody>(json, ReadNotice, NoticeJson);
  Check<SettledBody>(json, ReadSettled, SettledJson);
  Check<LeadBody>(json, ReadLead, LeadJson);
  Check<TaskBody>(json, ReadTask, TaskJson);
  Check<TaskReportBody>(json, ReadTaskReport, TaskReportJson);
  const auto claims = ReadClaims({data, size});
  if (!claims) CHECK(!claims.error().message.empty());
  return 0;
}
