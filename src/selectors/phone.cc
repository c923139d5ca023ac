// The only file that knows libphonenumber.
#include <phonenumbers/phonenumberutil.h>

#include <charconv>
#include <string>

#include "selectors/normalise.h"
#include "selectors/phone_country.h"
#include "selectors/rules.h"

namespace crossguard {
namespace {
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::string_view kUnknownRegion = "ZZ";
}  // namespace

namespace selector_rules {

Result<std::string> Phone(std::string_view raw, std::string_view default_country, std::string_view calling_code) {
  std::string text = TRY(FoldText(raw));  // full-width digits and the like become plain ones
  if (text.starts_with("tel:")) text.erase(0, 4);
  if (text.size() > 64) return Fail(Code::kInvalid, "A phone number has at most 64 bytes.");
  if (text.starts_with("00"))
    text.replace(0, 2, "+");  // the international prefix of most of the world; "+" is never read as national
  size_t digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      ++digits;
    else if (std::string_view("+-()./ ").find(c) == std::string_view::npos)
      break;  // an extension, which is dropped, may follow
  }
  if (digits < 5) return Fail(Code::kInvalid, "A phone number is written in digits.");
  std::string region(default_country);
  for (char& c : region) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (calling_code.starts_with('+')) calling_code.remove_prefix(1);
  if (!text.starts_with('+') && !calling_code.empty() && calling_code.size() <= 3) {
    int code = 0;
    const auto [end, error] = std::from_chars(calling_code.data(), calling_code.data() + calling_code.size(), code);
    std::string found;
    if (error == std::errc() && end == calling_code.data() + calling_code.size())
      PhoneNumberUtil::GetInstance()->GetRegionCodeForCountryCode(code, &found);
    if (found.size() == 2 && found != kUnknownRegion) region = found;
  }
  if (!text.starts_with('+') && region.empty())
    return Fail(Code::kInvalid, "A phone number without its calling code needs a country.");
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(text, region.empty() ? std::string(kUnknownRegion) : region, &number) !=
      PhoneNumberUtil::NO_PARSING_ERROR) {
    return Fail(Code::kInvalid, "This is no phone number with a known calling code.");
  }
  number.clear_extension();
  const auto possible = util.IsPossibleNumberWithReason(number);
  if (possible != PhoneNumberUtil::IS_POSSIBLE)
    return Fail(Code::kInvalid, "The phone number is too long or too short for its calling code.");
  std::string out;
  util.Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

}  // namespace selector_rules

PhoneCountry CountryOfPhone(std::string_view e164) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  PhoneCountry out;
  if (!e164.starts_with('+') ||
      util.Parse(std::string(e164), std::string(kUnknownRegion), &number) != PhoneNumberUtil::NO_PARSING_ERROR)
    return out;
  const auto is_country = [](const std::string& region) { return region.size() == 2 && region != kUnknownRegion; };
  std::string region;
  util.GetRegionCodeForNumber(number, &region);
  if (is_country(region)) {
    out.country = region;
    out.valid = util.IsValidNumber(number);
  }
  std::list<std::string> regions;
  util.GetRegionCodesForCountryCallingCode(number.country_code(), &regions);
  if (regions.size() == 1 && is_country(regions.front())) out.prefix_country = regions.front();
  return out;
}

}  // namespace crossguard
