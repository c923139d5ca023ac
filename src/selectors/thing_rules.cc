// Devices and payment.
#include <algorithm>
#include <string>

#include "selectors/normalise.h"
#include "selectors/rules.h"

namespace crossguard {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLowerHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f');
}

// Luhn's sum over digits, with the rightmost doubled or not.
int LuhnSum(std::string_view digits, bool double_last) {
  int sum = 0;
  bool twice = double_last;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    const int d = *it - '0';
    sum += twice ? (d * 2 > 9 ? d * 2 - 9 : d * 2) : d;
  }
  return sum;
}

struct CountryLength {
  std::string_view country;
  size_t length;
};
// ISO 13616 registry, release of 2022.
constexpr CountryLength kIbanLengths[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22},
    {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"DO", 28},
    {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23},
    {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30},
    {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
    {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}};

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string Without(std::string_view text, std::string_view dropped) {
  std::string out;
  for (const char c : text) {
    if (dropped.find(c) == std::string_view::npos) out += c;
  }
  return out;
}

// "Advertising ID" -> "advertisingid" -> the name that the rule uses.
std::string CanonicalIdType(std::string_view folded) {
  std::string type;
  for (const char c : folded) {
    if (IsDigit(c) || (c >= 'a' && c <= 'z')) type += c;
  }
  struct Alias {
    std::string_view from;
    std::string_view to;
  };
  static constexpr Alias kAliases[] = {{"imeisv", "imei"},
                                       {"macaddress", "mac"},
                                       {"wifimac", "mac"},
                                       {"wifimacaddress", "mac"},
                                       {"bluetoothmac", "mac"},
                                       {"ethernetmac", "mac"},
                                       {"advertisingid", "gaid"},
                                       {"googleadvertisingid", "gaid"},
                                       {"aaid", "gaid"},
                                       {"adid", "gaid"},
                                       {"identifierforadvertisers", "idfa"},
                                       {"identifierforvendor", "idfv"},
                                       {"androidid", "android"},
                                       {"ssaid", "android"},
                                       {"deviceuuid", "uuid"},
                                       {"guid", "uuid"},
                                       {"serialnumber", "serial"},
                                       {"serialno", "serial"}};
  for (const Alias& alias : kAliases) {
    if (type == alias.from) return std::string(alias.to);
  }
  return type;
}

bool IsUuidType(std::string_view type) {
  return type == "uuid" || type == "idfa" || type == "idfv" || type == "gaid";
}

std::string_view TakePrefix(std::string_view text, std::string_view prefix) {
  while (text.starts_with(prefix)) text = selector_rules::Trim(text.substr(prefix.size()));
  return text;
}

Result<std::string> DeviceValue(std::string_view type, std::string_view folded) {
  if (type == "imei" || type == "iccid" || type == "imsi" || type == "meid") {
    std::string value = Without(folded, " -./");
    if (type == "iccid" && value.ends_with('f')) value.pop_back();  // the filler of a 19-digit card
    const bool hex_allowed = type == "meid";
    if (!std::ranges::all_of(value, [&](char c) { return hex_allowed ? IsLowerHex(c) : IsDigit(c); }))
      return Fail(Code::kInvalid, "An IMEI, IMSI or ICCID is written in digits.");
    if (std::ranges::all_of(value, [](char c) { return c == '0'; }))
      return Fail(Code::kInvalid, "A device number of zeros names no device.");
    if (type == "imei") {
      if (value.size() == 16) value.resize(14);  // IMEISV: the software version is not the device
      if (value.size() == 14) value += static_cast<char>('0' + (10 - LuhnSum(value, true) % 10) % 10);
      if (value.size() != 15) return Fail(Code::kInvalid, "An IMEI has 14 to 16 digits.");
    }
    if (type == "imsi" && (value.size() < 14 || value.size() > 15))
      return Fail(Code::kInvalid, "An IMSI has 14 or 15 digits.");
    if (type == "iccid" && (value.size() < 18 || value.size() > 20))
      return Fail(Code::kInvalid, "An ICCID has 18 to 20 digits.");
    if (type == "meid" && (value.size() < 14 || value.size() > 18))
      return Fail(Code::kInvalid, "A MEID has 14 to 18 digits.");
    return value;
  }
  if (type == "mac") {
    const std::string hex = Without(folded, ":-. ");
    if (hex.size() != 12 || !std::ranges::all_of(hex, IsLowerHex))
      return Fail(Code::kInvalid, "A MAC address has twelve hex digits.");
    // What operating systems answer when they hide the address.
    if (hex == "000000000000" || hex == "ffffffffffff" || hex == "020000000000")
      return Fail(Code::kInvalid, "This MAC address names no device.");
    std::string out;
    for (size_t i = 0; i < 12; i += 2) out += (i > 0 ? ":" : "") + hex.substr(i, 2);
    return out;
  }
  if (IsUuidType(type)) {
    const std::string hex = Without(folded, "-{} ");
    if (hex.size() != 32 || !std::ranges::all_of(hex, IsLowerHex))
      return Fail(Code::kInvalid, "This kind of device number is a UUID of 32 hex digits.");
    if (std::ranges::all_of(hex, [](char c) { return c == '0'; }))
      return Fail(Code::kInvalid, "The zero UUID stands for a hidden number, not for a device.");
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
           hex.substr(20);
  }
  if (type == "android") {
    if (folded.empty() || folded.size() > 16 || !std::ranges::all_of(folded, IsLowerHex))
      return Fail(Code::kInvalid, "An Android id has up to 16 hex digits.");
    std::string out =
        std::string(16 - folded.size(), '0') + std::string(folded);  // some write it without its leading zeros
    if (out == "9774d56d682e549c" || out == std::string(16, '0'))
      return Fail(Code::kInvalid, "This Android id is shared by many devices.");
    return out;
  }
  if (folded.empty() || folded.size() > 2'083) return Fail(Code::kInvalid, "A device number has 1 to 2083 bytes.");
  return std::string(folded);
}

Result<std::string> CryptoAddress(std::string_view raw) {
  const std::string lower = TRY(FoldText(raw));
  const auto all_of = [](std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
  };
  for (const std::string_view hrp : {"bc1", "ltc1", "tb1"}) {
    const std::string_view data = std::string_view(lower).substr(std::min(hrp.size(), lower.size()));
    if (lower.starts_with(hrp) && data.size() >= 25 && data.size() <= 87 &&
        all_of(data, "qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
      return lower;  // BIP 173: case says nothing
  }
  if (lower.size() == 42 && lower.starts_with("0x") && std::all_of(lower.begin() + 2, lower.end(), IsLowerHex))
    return lower;  // EIP 55: case is a check only
  if (raw.size() >= 26 && raw.size() <= 95 && all_of(raw, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
    return std::string(raw);  // base58: case matters
  return Fail(Code::kInvalid, "This is no cryptocurrency address of a kind that is read (bech32, base58, 0x).");
}

}  // namespace

bool ImeiCheckDigitAgrees(std::string_view imei) {
  return imei.size() == 15 && std::ranges::all_of(imei, IsDigit) && LuhnSum(imei, false) % 10 == 0;
}

size_t IbanLength(std::string_view country) {
  for (const CountryLength& row : kIbanLengths) {
    if (row.country == country) return row.length;
  }
  return 0;
}

bool IbanIsValid(std::string_view iban) {
  if (iban.size() < 5 || iban.size() != IbanLength(iban.substr(0, 2))) return false;
  uint32_t rest = 0;
  for (size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    if (IsDigit(c))
      rest = (rest * 10 + static_cast<uint32_t>(c - '0')) % 97;
    else if (c >= 'A' && c <= 'Z')
      rest = (rest * 100 + static_cast<uint32_t>(c - 'A' + 10)) % 97;
    else
      return false;
  }
  return rest == 1;
}

namespace selector_rules {

Result<std::string> DeviceId(std::string_view raw, std::string_view id_type) {
  const std::string folded = TRY(FoldText(raw));
  std::string type = CanonicalIdType(TRY(FoldText(id_type)));
  std::string_view value = folded;
  if (type.empty()) {
    if (const auto mac = DeviceValue("mac", value)) return "mac:" + *mac;  // before the split: it has colons of its own
    const size_t colon = value.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      if (const auto uuid = DeviceValue("uuid", value)) return "uuid:" + *uuid;
      return Fail(Code::kInvalid, "A device number needs its kind: write kind:value.");
    }
    type = CanonicalIdType(value.substr(0, colon));
    value = Trim(value.substr(colon + 1));
  }
  if (type.empty() || type.size() > 64)
    return Fail(Code::kInvalid, "The kind of a device number has 1 to 64 letters and digits.");
  value = TakePrefix(value, type + ":");
  return type + ':' + TRY(DeviceValue(type, value));
}

Result<std::string> Payment(std::string_view raw, std::string_view id_type) {
  const std::string hint = TRY(FoldText(id_type));
  const size_t colon = raw.find(':');
  std::string kind = hint;
  std::string_view value = raw;
  if (colon != std::string_view::npos && colon > 0) {
    const std::string written = TRY(FoldText(raw.substr(0, colon)));
    if (hint.empty() || written == hint || written == "iban" || written == "card" || written == "crypto") {
      kind = written;
      value = Trim(raw.substr(colon + 1));
    }
  }
  const std::string packed = Upper(Without(value, " -"));
  const bool iban_like = packed.size() >= 15 && packed.size() <= 34 && IbanIsValid(packed);
  if (kind == "iban" || (kind.empty() && iban_like)) {
    if (!iban_like)
      return Fail(Code::kInvalid, "This IBAN has the wrong length for its country or a wrong check number.");
    return "iban:" + packed;
  }
  const bool digits_only = !packed.empty() && std::ranges::all_of(packed, IsDigit);
  if (kind == "card" && value.size() == 11 && value[6] == '-' && packed.size() == 10 && digits_only)
    return "card:" + std::string(value);  // already cut
  if (kind == "card" || (kind.empty() && digits_only)) {
    if (!digits_only || packed.size() < 13 || packed.size() > 19 || LuhnSum(packed, false) % 10 != 0)
      return Fail(Code::kInvalid, "This is no payment card number (13 to 19 digits with a check digit).");
    return "card:" + packed.substr(0, 6) + '-' +
           packed.substr(packed.size() - 4);  // the whole number is never kept as a selector
  }
  if (kind == "crypto" || kind == "bitcoin" || kind == "btc" || kind == "ethereum" || kind == "eth" ||
      kind == "litecoin")
    return "crypto:" + TRY(CryptoAddress(value));
  if (kind.empty()) {
    if (const auto address = CryptoAddress(value)) return "crypto:" + *address;
    return Fail(Code::kInvalid, "A payment number needs its kind: iban, card, crypto, or the service's name.");
  }
  std::string type;
  for (const char c : kind) {
    if (IsDigit(c) || (c >= 'a' && c <= 'z')) type += c;
  }
  const std::string folded = TRY(FoldText(value));
  const std::string_view rest = TakePrefix(folded, type + ":");
  if (type.empty() || type.size() > 64 || rest.empty() || rest.size() > 256)
    return Fail(Code::kInvalid, "A payment account has a service and 1 to 256 bytes.");
  if (type == "iban" || type == "card" || type == "crypto")
    return Payment(std::string(type) + ':' + std::string(rest), {});
  return type + ':' + std::string(rest);
}

}  // namespace selector_rules
}  // namespace crossguard
