// Whatever the text, mining ends, stays within it, and gives only values that the rule leaves as they are.
#include <cstdint>
#include <cstdlib>

#include "selectors/mine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const MinedSelector& found : Mine(text, {.service = "Example Chat", .default_country = "AT"}).found) {
    if (found.offset_bytes + found.raw.size() > size || text.substr(found.offset_bytes, found.raw.size()) != found.raw)
      std::abort();
    const auto again = Normalise(found.type, found.value);
    if (!again || *again != found.value) std::abort();
  }
  return 0;
}
