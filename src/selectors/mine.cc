#include "selectors/mine.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "selectors/phone_country.h"

namespace crossguard {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsHigh(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}  // a byte of a letter outside ASCII, as far as we care
bool IsWord(char c) {
  return IsDigit(c) || IsAlpha(c) || c == '_' || IsHigh(c);
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// How far left of a number a word counts as its label, and how far from an address a time counts as its time.
constexpr size_t kLabelReach = 24;
constexpr size_t kTimeReach = 64;

// Words after which four numbers with dots are a version and not an address.
constexpr std::array<std::string_view, 11> kVersionWords = {"version", "ver", "v",       "release", "build", "firmware",
                                                            "update",  "app", "android", "ios",     "client"};
constexpr std::array<std::string_view, 12> kPhoneWords = {
    "phone", "telephone", "tel", "mobile", "cell", "call", "whatsapp", "sms", "number", "handy", "telefon", "text"};
// What people write where a name should be.
constexpr std::array<std::string_view, 12> kNoNames = {"unknown", "none", "n/a", "na",  "not",      "null",
                                                       "is",      "was",  "the", "and", "redacted", "anonymous"};
// "kik: alice", "snapchat username bob": a service that the text itself names.
constexpr std::array<std::string_view, 18> kServices = {
    "kik",      "snapchat", "instagram", "discord", "telegram", "skype", "whatsapp", "twitter", "tiktok",
    "facebook", "wickr",    "threema",   "signal",  "session",  "viber", "line",     "wechat",  "omegle"};

class Miner {
 public:
  Miner(std::string_view text, const SelectorHint& hint) : text_(text), hint_(hint), taken_(text.size(), false) {}

  Mined Run() {
    Urls();
    Emails();
    Ibans();
    Addresses6();
    Addresses4();
    Phones();
    Names();
    std::ranges::stable_sort(out_.found, {}, &MinedSelector::offset_bytes);
    return std::move(out_);
  }

 private:
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  char before(size_t i) const { return i > 0 ? text_[i - 1] : '\0'; }

  // Lower-case copy of a short stretch.
  std::string LowerOf(size_t begin, size_t length) const {
    std::string out(text_.substr(begin, length));
    std::ranges::transform(out, out.begin(), Lower);
    return out;
  }

  // The word that ends right before `end`, blanks and [:=#.] skipped; at most 16 bytes.
  std::string WordBefore(size_t end) const {
    while (end > 0 &&
           (IsBlank(text_[end - 1]) || std::string_view(":=#.(").find(text_[end - 1]) != std::string_view::npos))
      --end;
    size_t begin = end;
    while (begin > 0 && end - begin < 16 && IsAlpha(text_[begin - 1])) --begin;
    return LowerOf(begin, end - begin);
  }

  bool Add(SelectorType type, size_t begin, size_t length, const SelectorHint& hint, MinedSelector extra = {}) {
    if (out_.found.size() >= kMineHitsMax) {
      out_.cut = true;
      return false;
    }
    for (size_t i = begin; i < begin + length; ++i) {
      if (taken_[i]) return false;
    }
    const std::string_view raw = text_.substr(begin, length);
    auto value = Normalise(type, raw, hint);
    if (!value) return false;
    std::fill_n(taken_.begin() + static_cast<std::ptrdiff_t>(begin), length, true);
    extra.type = type;
    extra.value = *std::move(value);
    extra.raw = raw;
    extra.offset_bytes = begin;
    out_.found.push_back(std::move(extra));
    return true;
  }

  void Urls() {
    for (size_t i = 0; i + 4 < text_.size(); ++i) {
      if (IsWord(before(i))) continue;
      const char c = Lower(text_[i]);
      if (c != 'h' && c != 'w') continue;
      const std::string head = LowerOf(i, std::min<size_t>(8, text_.size() - i));
      if (!head.starts_with("http://") && !head.starts_with("https://") && !head.starts_with("www.")) continue;
      size_t end = i;
      while (end < text_.size() && end - i < 2'083 && static_cast<unsigned char>(text_[end]) > 0x20 &&
             std::string_view("<>\"'`{}|\\^").find(text_[end]) == std::string_view::npos)
        ++end;
      const size_t scanned = end;
      while (end > i && (std::string_view(".,;:!?]").find(text_[end - 1]) != std::string_view::npos ||
                         (text_[end - 1] == ')' && text_.substr(i, end - i).find('(') == std::string_view::npos)))
        --end;
      // A host alone ("www.shop.example") is a site, not somebody's page.
      const size_t host =
          text_.find("://", i) == i + (head.starts_with("https") ? 5 : 4) ? text_.find("://", i) + 3 : i;
      const size_t slash = text_.find_first_of("/?", host);
      if (slash < end && end - slash > 1)
        Add(SelectorType::kProfileUrl, i, end - i, {});
      else
        std::fill(taken_.begin() + static_cast<std::ptrdiff_t>(i), taken_.begin() + static_cast<std::ptrdiff_t>(end),
                  true);
      i = std::max(scanned, i + 1) - 1;
    }
  }

  static bool IsLocal(char c) { return IsWord(c) || std::string_view(".%+-").find(c) != std::string_view::npos; }

  void Emails() {
    for (size_t i = text_.find('@'); i != std::string_view::npos; i = text_.find('@', i + 1)) {
      size_t begin = i;
      while (begin > 0 && i - begin < 128 && IsLocal(text_[begin - 1])) --begin;
      while (begin < i && (text_[begin] == '.' || text_[begin] == '-' || text_[begin] == '%')) ++begin;
      size_t end = i + 1;
      while (end < text_.size() && end - i < 254 && (IsWord(text_[end]) || text_[end] == '.' || text_[end] == '-'))
        ++end;
      while (end > i + 1 && (text_[end - 1] == '.' || text_[end - 1] == '-' || text_[end - 1] == '_')) --end;
      if (begin == i || end == i + 1) continue;
      // "report.jpg@2x.png" is a file name; a top-level domain has two letters or more.
      const size_t dot = text_.rfind('.', end - 1);
      if (dot == std::string_view::npos || dot <= i || end - dot < 3) continue;
      const std::string top = LowerOf(dot + 1, end - dot - 1);
      if (top == "png" || top == "jpg" || top == "jpeg" || top == "gif" || top == "webp" || top == "mp4") continue;
      Add(SelectorType::kEmail, begin, end - begin, {});
    }
  }

  void Ibans() {
    for (size_t i = 0; i + 14 < text_.size(); ++i) {
      if (IsWord(before(i)) || !(at(i) >= 'A' && at(i) <= 'Z') || !(at(i + 1) >= 'A' && at(i + 1) <= 'Z') ||
          !IsDigit(at(i + 2)) || !IsDigit(at(i + 3)))
        continue;
      const size_t length = IbanLength(text_.substr(i, 2));
      if (length == 0) continue;
      size_t end = i;
      size_t taken = 0;
      while (end < text_.size() && taken < length) {
        const char c = text_[end];
        if (IsDigit(c) || (c >= 'A' && c <= 'Z'))
          ++taken;
        else if (c != ' ' || before(end) == ' ')
          break;
        ++end;
      }
      if (taken == length && !IsWord(at(end))) Add(SelectorType::kPayment, i, end - i, {.id_type = "iban"});
    }
  }

  // After the address: ":443", " port 443", "(port: 443".
  std::optional<uint16_t> PortAfter(size_t& end) const {
    size_t i = end;
    if (at(i) == ':' && IsDigit(at(i + 1))) {
      ++i;
    } else {
      if (at(i) == ',') ++i;
      while (IsBlank(at(i)) || at(i) == '(') ++i;
      if (LowerOf(std::min(i, text_.size()), 4) != "port") return std::nullopt;
      i += 4;
      while (IsBlank(at(i)) || at(i) == ':' || at(i) == '=') ++i;
    }
    uint32_t port = 0;
    size_t n = 0;
    while (IsDigit(at(i + n)) && n < 6) port = port * 10 + static_cast<uint32_t>(at(i + n++) - '0');
    if (n == 0 || n > 5 || port == 0 || port > 65'535 || IsWord(at(i + n))) return std::nullopt;
    end = i + n;
    return static_cast<uint16_t>(port);
  }

  // A time that begins at i: the longest of the spellings that ReadTime knows. Returns its length.
  size_t TimeAt(size_t i, WrittenTime& time) const {
    const bool iso =
        IsDigit(at(i)) && IsDigit(at(i + 1)) && IsDigit(at(i + 2)) && IsDigit(at(i + 3)) && at(i + 4) == '-';
    const bool us = IsDigit(at(i)) && (at(i + 1) == '/' || (IsDigit(at(i + 1)) && at(i + 2) == '/'));
    if (IsWord(before(i)) || before(i) == '-' || before(i) == '/' || (!iso && !us)) return 0;
    size_t end = i;
    while (
        end < text_.size() && end - i < 40 &&
        (IsDigit(text_[end]) || std::string_view(":.,+-/TtZz AaPpMmUuCcGg").find(text_[end]) != std::string_view::npos))
      ++end;
    if (text_.substr(i, end - i).find(':') == std::string_view::npos) return 0;
    for (; end > i + 11; --end) {
      if (IsWord(at(end)) && IsWord(text_[end - 1])) continue;
      const auto read = ReadTime(text_.substr(i, end - i));
      if (!read || !read->has_time) continue;
      time = *read;
      return end - i;
    }
    return 0;
  }

  // The nearest time in the same line: behind the address first, as most people write, then before it.
  void FindTime(size_t begin, size_t end, MinedSelector& out) const {
    const auto take = [&](size_t i) {
      WrittenTime time;
      const size_t length = TimeAt(i, time);
      if (length == 0) return false;
      out.at = time;
      out.at_text = std::string(selector_trim(text_.substr(i, length)));
      return true;
    };
    for (size_t i = end; i < text_.size() && i - end < kTimeReach && text_[i] != '\n' && text_[i] != ';'; ++i) {
      if (IsDigit(text_[i]) && take(i)) return;
    }
    for (size_t i = begin; i > 0 && begin - i < kTimeReach && text_[i - 1] != '\n' && text_[i - 1] != ';'; --i) {
      if (IsDigit(text_[i - 1]) && take(i - 1)) return;
    }
  }
  static std::string_view selector_trim(std::string_view text) {
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
  }

  void Addresses6() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (!(IsHex(text_[i]) || text_[i] == ':')) continue;
      size_t end = i;
      size_t colons = 0;
      while (end < text_.size() && (IsHex(text_[end]) || text_[end] == ':' || text_[end] == '.'))
        colons += text_[end++] == ':' ? 1U : 0U;
      const size_t run_end = end;
      const bool bounded =
          !IsWord(before(i)) && !IsWord(at(end)) && before(i) != '.' && before(i) != '-' && before(i) != '/';
      while (end > i && (text_[end - 1] == '.' || (text_[end - 1] == ':' && !text_.substr(i, end - i).ends_with("::"))))
        --end;
      size_t groups = 0;
      for (size_t k = i; k < end; ++k) groups += IsHex(text_[k]) && (k == i || text_[k - 1] == ':') ? 1U : 0U;
      // Three groups at least: "::1", "a::b" and clock times are not somebody's address.
      if (bounded && colons >= 2 && groups >= 3 && end - i <= 45) {
        size_t after = end;
        if (at(after) == ']') ++after;
        MinedSelector extra;
        extra.port = PortAfter(after);
        FindTime(i, after, extra);
        Add(SelectorType::kIp, i, end - i, {}, std::move(extra));
      }
      i = run_end - 1 + (run_end == i ? 1 : 0);
    }
  }

  static bool MeansSomebody(std::string_view ip) {
    const size_t dot = ip.find('.');
    if (dot == std::string_view::npos) return true;
    const int first = std::atoi(std::string(ip.substr(0, dot)).c_str());
    const int second = std::atoi(std::string(ip.substr(dot + 1)).c_str());
    // Unspecified, loopback, link-local, private, multicast and above: in free text they identify nobody.
    return !(first == 0 || first == 10 || first == 127 || first >= 224 || (first == 169 && second == 254) ||
             (first == 172 && second >= 16 && second < 32) || (first == 192 && second == 168));
  }

  void Addresses4() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (!IsDigit(text_[i])) continue;
      size_t end = i;
      while (end < text_.size() && (IsDigit(text_[end]) || text_[end] == '.')) ++end;
      const size_t run_end = end;
      while (end > i && text_[end - 1] == '.') --end;
      const bool bounded = !IsWord(before(i)) && std::string_view(".-/:").find(before(i)) == std::string_view::npos &&
                           !IsWord(at(end)) && at(end) != '/' && !(at(end) == '-' && IsWord(at(end + 1)));
      if (bounded && end - i >= 7 && end - i <= 15) {
        const std::string word = WordBefore(i);
        const auto value = Normalise(SelectorType::kIp, text_.substr(i, end - i));
        if (value && MeansSomebody(*value) && std::ranges::find(kVersionWords, word) == kVersionWords.end()) {
          size_t after = end;
          MinedSelector extra;
          extra.port = PortAfter(after);
          FindTime(i, after, extra);
          Add(SelectorType::kIp, i, end - i, {}, std::move(extra));
        }
      }
      i = std::max(run_end, i + 1) - 1;
    }
  }

  bool LabelledPhone(size_t begin) const {
    const size_t reach = std::min(begin, kLabelReach);
    const std::string left = LowerOf(begin - reach, reach);
    return std::ranges::any_of(kPhoneWords, [&](std::string_view word) {
      const size_t found = left.rfind(word);
      if (found == std::string::npos) return false;
      const bool whole = (found == 0 || !IsWord(left[found - 1])) &&
                         (found + word.size() == left.size() || !IsAlpha(left[found + word.size()]));
      return whole && left.find_first_of(";\n.", found) == std::string::npos;
    });
  }

  void Phones() {
    for (size_t i = 0; i < text_.size(); ++i) {
      const bool plus = text_[i] == '+' && IsDigit(at(i + 1));
      const bool digit = IsDigit(text_[i]) || (text_[i] == '(' && IsDigit(at(i + 1)));
      if (!plus && !digit) continue;
      // The run of digits with single separators between them ("  ", " (" and ") " count as one).
      std::array<size_t, 16> cuts{};  // ends of digit groups
      size_t cut_count = 0;
      size_t digits = 0;
      size_t end = i + (plus ? 1 : 0);
      size_t gap = 0;
      while (end < text_.size() && gap <= 2) {
        const char c = text_[end];
        if (IsDigit(c)) {
          ++digits;
          gap = 0;
          if (!IsDigit(at(end + 1)) && cut_count < cuts.size()) cuts[cut_count++] = end + 1;
        } else if (std::string_view(" -./()").find(c) != std::string_view::npos) {
          ++gap;
        } else {
          break;
        }
        ++end;
      }
      // The whole run is one candidate: looking into the rest of it again and again would take time in its square.
      const size_t run_end = end;
      const bool bounded =
          !IsWord(before(i)) && before(i) != '.' && before(i) != '/' && before(i) != '-' && before(i) != '+';
      const bool labelled = bounded && LabelledPhone(i);
      const bool international = plus || (labelled && at(i) == '0' && at(i + 1) == '0');
      if (bounded && (international || (labelled && !hint_.default_country.empty()))) {
        for (size_t k = cut_count; k > 0; --k) {
          const size_t length = cuts[k - 1] - i;
          const auto count = std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(i),
                                           text_.begin() + static_cast<std::ptrdiff_t>(i + length), IsDigit);
          if (count > 15 || count < 7 || IsWord(at(cuts[k - 1]))) continue;
          const SelectorHint hint{.default_country = international ? std::string_view() : hint_.default_country};
          const auto value = Normalise(SelectorType::kPhone, text_.substr(i, length), hint);
          // A number in a range nobody has given out is believed only with its calling code in front.
          if (!value || (!CountryOfPhone(*value).valid && !international)) continue;
          if (Add(SelectorType::kPhone, i, length, hint)) break;
        }
      }
      i = std::max(run_end, i + 1) - 1;
    }
  }

  // A user name that begins at i: returns its length.
  size_t NameAt(size_t i) const {
    size_t end = i;
    while (end < text_.size() && end - i < 64 && (IsWord(text_[end]) || text_[end] == '.' || text_[end] == '-')) ++end;
    while (end > i && (text_[end - 1] == '.' || text_[end - 1] == '-')) --end;
    return end - i;
  }

  void AddName(size_t begin, size_t length, std::string_view service) {
    if (length < 2 || service.empty()) return;
    const std::string lower = LowerOf(begin, length);
    if (std::ranges::find(kNoNames, lower) != kNoNames.end() || at(begin + length) == '@') return;
    Add(SelectorType::kScreenName, begin, length, {.service = service});
  }

  // The service named in the word before a label, else the hint's.
  std::string ServiceBefore(size_t label_begin) const {
    const std::string word = WordBefore(label_begin);
    return std::ranges::find(kServices, word) != kServices.end() ? word : std::string(hint_.service);
  }

  void Names() {
    static constexpr std::array<std::string_view, 10> kLabels = {
        "username", "user name", "user-name", "screenname", "screen name",
        "handle",   "nickname",  "nick",      "user id",    "account name"};
    for (size_t i = 0; i < text_.size(); ++i) {
      if (IsWord(before(i))) continue;
      if (text_[i] == '@' && (IsAlpha(at(i + 1)) || IsHigh(at(i + 1))) && !IsLocal(before(i))) {
        const size_t length = NameAt(i + 1);
        if (length >= 3 && !taken_[i]) AddName(i + 1, length, ServiceBefore(i));
        i += length;
        continue;
      }
      if (!IsAlpha(text_[i])) continue;
      const std::string head = LowerOf(i, 16);
      size_t label = 0;
      std::string service;
      for (const std::string_view word : kLabels) {
        if (head.starts_with(word) && !IsWord(at(i + word.size()))) {
          label = word.size();
          service = ServiceBefore(i);
        }
      }
      bool needs_colon = label != 0 && (head.starts_with("handle") || head.starts_with("nick"));
      if (label == 0) {
        for (const std::string_view word : kServices) {
          if (head.starts_with(word) && !IsWord(at(i + word.size()))) {
            label = word.size();
            service = word;
            needs_colon = true;
          }
        }
      }
      if (label == 0) {
        while (IsWord(at(i + 1))) ++i;  // to the end of the word
        continue;
      }
      size_t j = i + label;
      while (IsBlank(at(j))) ++j;
      bool colon = false;
      if (at(j) == ':' || at(j) == '=') {
        colon = true;
        ++j;
      } else if (LowerOf(std::min(j, text_.size()), 3) == "is ") {
        colon = true;
        j += 3;
      }
      while (IsBlank(at(j)) || at(j) == '"' || at(j) == '\'' || at(j) == '@') {
        if (!IsBlank(at(j))) colon = true;  // a quote or an @ marks a name as well
        ++j;
      }
      if (colon || (label != 0 && !needs_colon && at(j) != '\0' &&
                    std::any_of(text_.begin() + static_cast<std::ptrdiff_t>(j),
                                text_.begin() + static_cast<std::ptrdiff_t>(std::min(j + NameAt(j), text_.size())),
                                [](char c) { return IsDigit(c) || c == '_'; }))) {
        const size_t length = NameAt(j);
        AddName(j, length, service);
        if (length > 0) i = j + length - 1;
      } else {
        i += label - 1;
      }
    }
  }

  std::string_view text_;
  const SelectorHint& hint_;
  std::vector<bool> taken_;
  Mined out_;
};

}  // namespace

Mined Mine(std::string_view text, const SelectorHint& hint) {
  const bool cut = text.size() > kMineTextMax;
  Mined out = Miner(text.substr(0, kMineTextMax), hint).Run();
  out.cut = out.cut || cut;
  return out;
}

}  // namespace crossguard
