// E-mail, hosts, IP addresses, profile URLs.
#include <idn2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "selectors/normalise.h"
#include "selectors/rules.h"

namespace crossguard::selector_rules {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsLdh(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

// Providers that deliver a.b+tag@ and ab@ to the same mailbox, as they say themselves. Published in selectors.md; a
// longer list is a new version of the rule.
struct MailAlias {
  std::string_view domain;
  std::string_view canonical;
};
constexpr std::array kDotBlind = {MailAlias{"gmail.com", "gmail.com"}, MailAlias{"googlemail.com", "gmail.com"}};

// Query parameters that say how a reader came to a page, not which page it is.
constexpr std::array<std::string_view, 17> kTracking = {"fbclid", "gclid", "dclid",   "msclkid", "igshid",  "igsh",
                                                        "si",     "ref",   "ref_src", "ref_url", "mc_cid",  "mc_eid",
                                                        "_ga",    "hl",    "lang",    "locale",  "share_id"};

using Octets4 = std::array<uint8_t, 4>;
using Groups8 = std::array<uint16_t, 8>;

// Strictly four decimal numbers 0..255 without leading zeros: "010.1.1.1" is octal to some and decimal to others.
std::optional<Octets4> ParseV4(std::string_view text) {
  Octets4 out{};
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    size_t n = 0;
    uint32_t value = 0;
    while (n < text.size() && n < 3 && IsDigit(text[n])) value = value * 10 + static_cast<uint32_t>(text[n++] - '0');
    if (n == 0 || value > 255 || (n > 1 && text.front() == '0')) return std::nullopt;
    out[i] = static_cast<uint8_t>(value);
    text.remove_prefix(n);
  }
  return text.empty() ? std::optional(out) : std::nullopt;
}

// RFC 4291 section 2.2, all three forms.
std::optional<Groups8> ParseV6(std::string_view text) {
  Groups8 head{};
  Groups8 tail{};
  size_t head_count = 0;
  size_t tail_count = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  } else if (text.starts_with(':')) {
    return std::nullopt;
  }
  while (!text.empty()) {
    const auto put = [&](uint32_t group) {
      if (head_count + tail_count >= 8) return false;
      (gap ? tail[tail_count++] : head[head_count++]) = static_cast<uint16_t>(group);
      return true;
    };
    const size_t end = std::min(text.find(':'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.find('.') != std::string_view::npos) {  // the dotted tail must be the last part
      const auto v4 = end == text.size() ? ParseV4(part) : std::nullopt;
      if (!v4 || !put(static_cast<uint32_t>((*v4)[0] << 8 | (*v4)[1])) ||
          !put(static_cast<uint32_t>((*v4)[2] << 8 | (*v4)[3])))
        return std::nullopt;
      text = {};
      break;
    }
    if (part.empty() || part.size() > 4 || !std::ranges::all_of(part, IsHex)) return std::nullopt;
    uint32_t group = 0;
    std::from_chars(part.data(), part.data() + part.size(), group, 16);
    if (!put(group)) return std::nullopt;
    text.remove_prefix(end);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with(':')) {
      if (gap) return std::nullopt;
      gap = true;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return std::nullopt;  // a single ':' at the end
    }
  }
  const size_t given = head_count + tail_count;
  if (gap ? given > 7 : given != 8) return std::nullopt;
  std::copy_n(tail.begin(), tail_count, head.end() - static_cast<std::ptrdiff_t>(tail_count));
  return head;
}

std::string V4Text(const Octets4& octets) {
  std::string out;
  for (const uint8_t octet : octets) out += (out.empty() ? "" : ".") + std::to_string(octet);
  return out;
}

// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::".
std::string V6Text(const Groups8& groups) {
  size_t best = 8;
  size_t best_length = 1;
  for (size_t i = 0; i < 8;) {
    size_t j = i;
    while (j < 8 && groups[j] == 0) ++j;
    if (j - i > best_length) {
      best = i;
      best_length = j - i;
    }
    i = std::max(j, i + 1);
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && !out.ends_with(':')) out += ':';
    char buffer[8];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, groups[i], 16);
    out.append(buffer, end);
  }
  return out;
}

bool IsUnreserved(char c) {
  return IsLdh(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '~';
}
bool IsUrlChar(char c) {
  return IsUnreserved(c) || std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
}

// One spelling of each byte: unreserved ones plain, all else that is not a delimiter as %XX in upper case.
std::string CanonicalPercent(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  const auto encode = [&](unsigned char c) { out += {'%', kHex[c >> 4U], kHex[c & 15U]}; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && IsHex(text[i + 1]) && IsHex(text[i + 2])) {
      unsigned value = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
      if (IsUnreserved(static_cast<char>(value)))
        out += static_cast<char>(value);
      else
        encode(static_cast<unsigned char>(value));
      i += 2;
    } else if (IsUrlChar(text[i])) {
      out += text[i];
    } else {
      encode(static_cast<unsigned char>(text[i]));
    }
  }
  return out;
}

// RFC 3986 section 5.2.4, then no slash at the end.
std::string CanonicalPath(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(part);
    }
  }
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  return out;
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::string_view> kept;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::string_view key = pair.substr(0, pair.find('='));
    if (pair.empty() || key.starts_with("utm_") || std::ranges::find(kTracking, key) != kTracking.end()) continue;
    kept.push_back(pair);
  }
  std::ranges::sort(kept);
  std::string out;
  for (const std::string_view pair : kept) out.append(out.empty() ? "?" : "&").append(pair);
  return out;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

Result<std::string> Host(std::string_view folded) {
  std::string host(folded);
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.size() > 253 || host.find('\0') != std::string::npos)
    return Fail(Code::kInvalid, "A host name has 1 to 253 bytes.");
  const bool plain = std::ranges::all_of(host, [](char c) { return IsLdh(c) || c == '.' || c == '_'; }) &&
                     host.find("xn--") == std::string::npos;
  if (!plain) {
    char* ascii = nullptr;
    const int rc =
        idn2_to_ascii_8z(host.c_str(), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT | IDN2_USE_STD3_ASCII_RULES);
    const std::unique_ptr<char, void (*)(void*)> owner(ascii, idn2_free);
    if (rc != IDN2_OK) return Fail(Code::kInvalid, "The host is no internationalised domain name.");
    host = owner.get();
    if (host.ends_with('.')) host.pop_back();
  }
  size_t labels = 0;
  std::string_view rest = host;
  std::string_view label;
  while (true) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    label = rest.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return Fail(Code::kInvalid, "A label of the host is empty, too long, or begins or ends with '-'.");
    if (!std::ranges::all_of(label, [](char c) { return IsLdh(c) || c == '_'; }))
      return Fail(Code::kInvalid, "The host holds characters that no host has.");
    ++labels;
    if (dot == rest.size()) break;
    rest.remove_prefix(dot + 1);
  }
  if (labels < 2 || std::ranges::all_of(label, IsDigit) || host.size() > 253)
    return Fail(Code::kInvalid, "The host is no full domain name.");
  return host;
}

Result<std::string> Email(std::string_view folded) {
  if (folded.starts_with("mailto:")) folded = Trim(folded.substr(7));
  if (folded.starts_with('<') && folded.ends_with('>')) folded = Trim(folded.substr(1, folded.size() - 2));
  const size_t at = folded.rfind('@');
  if (at == std::string_view::npos) return Fail(Code::kInvalid, "A mail address has an '@'.");
  std::string local(folded.substr(0, at));
  for (const char c : local) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F ||
        std::string_view("\"()<>[]:;,\\@").find(c) != std::string_view::npos) {
      return Fail(Code::kInvalid, "The part before '@' holds characters that are not read (blanks, quotes, brackets).");
    }
  }
  if (local.starts_with('.') || local.ends_with('.'))
    return Fail(Code::kInvalid, "The part before '@' begins or ends with a dot.");
  std::string domain = TRY(Host(folded.substr(at + 1)));
  for (const MailAlias& alias : kDotBlind) {
    if (domain != alias.domain) continue;
    domain = alias.canonical;
    local.resize(std::min(local.find('+'), local.size()));
    std::erase(local, '.');
    break;
  }
  if (local.empty() || local.size() > 128) return Fail(Code::kInvalid, "The part before '@' has 1 to 128 bytes.");
  return local + '@' + domain;
}

Result<std::string> Ip(std::string_view raw) {
  if (raw.starts_with('[') && raw.ends_with(']')) raw = raw.substr(1, raw.size() - 2);
  if (raw.size() > 45) return Fail(Code::kInvalid, "This is no IP address.");
  if (const auto v4 = ParseV4(raw)) return V4Text(*v4);
  const auto v6 = ParseV6(raw);
  if (!v6)
    return Fail(Code::kInvalid,
                "This is no IPv4 or IPv6 address (numbers with leading zeros are ambiguous and not read).");
  const Groups8& g = *v6;
  if (std::all_of(g.begin(), g.begin() + 5, [](uint16_t group) { return group == 0; }) &&
      g[5] == 0xFFFF) {  // RFC 4291 section 2.5.5.2
    return V4Text({static_cast<uint8_t>(g[6] >> 8U), static_cast<uint8_t>(g[6] & 255U),
                   static_cast<uint8_t>(g[7] >> 8U), static_cast<uint8_t>(g[7] & 255U)});
  }
  return V6Text(g);
}

Result<std::string> ProfileUrl(std::string_view raw) {
  if (raw.size() > 2'083) return Fail(Code::kInvalid, "A URL has at most 2083 bytes.");
  for (const char c : raw) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '\\' || c == '<' || c == '>' || c == '"')
      return Fail(Code::kInvalid, "A URL holds no blanks, brackets or quotes.");
  }
  bool secure = true;
  const size_t colon = raw.find("://");
  if (colon != std::string_view::npos && raw.substr(0, colon).find_first_of("/?#") == std::string_view::npos) {
    const std::string scheme = TRY(FoldText(raw.substr(0, colon)));
    if (scheme != "http" && scheme != "https")
      return Fail(Code::kInvalid, "Only http and https URLs are profile URLs.");
    secure = scheme == "https";
    raw.remove_prefix(colon + 3);
  }
  const size_t authority_end = std::min(raw.find_first_of("/?#"), raw.size());
  std::string_view authority = raw.substr(0, authority_end);
  raw.remove_prefix(authority_end);
  if (authority.find('@') != std::string_view::npos)
    return Fail(Code::kInvalid, "A URL with a user name before its host is not read.");
  std::string port;
  const size_t port_colon = authority.rfind(':');
  if (port_colon != std::string_view::npos && authority.find(']', port_colon) == std::string_view::npos) {
    const std::string_view digits = authority.substr(port_colon + 1);
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!digits.empty() &&
        (error != std::errc() || end != digits.data() + digits.size() || number == 0 || number > 65'535))
      return Fail(Code::kInvalid, "The port of the URL is no number of 1 to 65535.");
    if (!digits.empty() && number != (secure ? 443U : 80U)) port = ':' + std::to_string(number);
    authority = authority.substr(0, port_colon);
  }
  std::string host = TRY(FoldText(authority));
  if (const auto ip = Ip(host)) {
    host = ip->find(':') == std::string::npos ? *ip : '[' + *ip + ']';
  } else {
    host = TRY(Host(host));
    while (host.starts_with("www.") && std::ranges::count(host, '.') > 1) host.erase(0, 4);
  }
  // An explicit port keeps its scheme: "http://host:443" is not "https://host".
  const std::string scheme = !port.empty() && !secure ? "http://" : "https://";
  raw = raw.substr(0, std::min(raw.find('#'), raw.size()));
  const size_t question = std::min(raw.find('?'), raw.size());
  const std::string path = CanonicalPath(CanonicalPercent(raw.substr(0, question)));
  const std::string query = question < raw.size() ? CanonicalQuery(CanonicalPercent(raw.substr(question + 1))) : "";
  const std::string out = scheme + host + port + path + query;
  if (out.size() > 2'083) return Fail(Code::kInvalid, "A URL has at most 2083 bytes.");
  return out;
}

}  // namespace crossguard::selector_rules
