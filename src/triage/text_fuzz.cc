// The text of an IP database, and addresses asked of it: whatever the bytes are, reading ends in a source or an error,
// and an answer is a country, a reason, or "no address".
#include <cstddef>
#include <cstdint>

#include "triage/ip_country.h"
#include "triage/places.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t half = text.find("\n\n");
  const auto source =
      ReadTorGeoip(text.substr(0, half), half == std::string_view::npos ? std::string_view() : text.substr(half + 2));
  if (source) {
    for (const std::string_view ip : {std::string_view("1.0.0.9"), std::string_view("2a00::1"), text.substr(0, 40)}) {
      const auto fact = (*source)->Look(ip);
      CHECK(!fact || fact->country.empty() != fact->reason.empty());
    }
  }
  // The readers of free text meet the same bytes.
  CHECK(Lower(text).size() == text.size());
  CHECK(FindPlaceStatements(text).size() <= 8);
  DetectLanguage(text);
  CountryFromText(text);
  return 0;
}
