// What a phone number says by itself: the country of its number range.
#pragma once

#include <string>
#include <string_view>

namespace crossguard {

struct PhoneCountry {
  std::string country;  // ISO 3166-1 alpha-2; "" for none (satellite, premium, unknown calling code)
  bool valid =
      false;  // in a range that the country has given out (libphonenumber's metadata), not only of possible length
  std::string
      prefix_country;  // by the calling code alone where the number itself is in no known range; "" if several share it
};

// e164: as Normalise writes it. Pure.
PhoneCountry CountryOfPhone(std::string_view e164);

}  // namespace crossguard
