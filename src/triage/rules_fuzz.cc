// Rules as an operator may have left them: they load or say which line is wrong.
#include <cstddef>
#include <cstdint>

#include "triage/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  const auto rules = ParseTriageRules({reinterpret_cast<const char*>(data), size}, "rules");
  CHECK(rules || (rules.error().code == Code::kInvalid && rules.error().message.starts_with("rules")));
  if (rules) CHECK(rules->bands.back().at_least == 0 && !rules->rules.empty());
  return 0;
}
