#include "selectors/mine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/bytes.h"
#include "selectors/mine_words.h"
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

bool IsLetter(char c) {
  return IsAlpha(c) || IsHigh(c);
}

// How far left of a number a word counts as its label, and how far from an address a time counts as its time.
constexpr size_t kLabelReach = 32;
constexpr size_t kTimeReach = 64;
// So near that nothing else can be meant: "192.0.2.1 at 2022-...".
constexpr size_t kTimeBeside = 5;
constexpr std::string_view kWideColon = "\xEF\xBC\x9A";

bool OneOf(std::span<const std::string_view> words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

// The bytes that words of a list begin with: most words of a text need no closer look.
class FirstBytes {
 public:
  void Add(std::string_view word) { in_.at(static_cast<unsigned char>(word.front())) = true; }
  bool Has(char c) const { return in_.at(static_cast<unsigned char>(Lower(c))); }

 private:
  std::array<bool, 256> in_{};
};

const FirstBytes& LabelBytes() {
  static const FirstBytes kBytes = [] {
    FirstBytes out;
    for (const std::string_view word : mine_words::kName) out.Add(word);
    for (const std::string_view word : mine_words::kNameWithColon) out.Add(word);
    for (const mine_words::Service& service : mine_words::kServices) out.Add(service.word);
    return out;
  }();
  return kBytes;
}

const FirstBytes& PageBytes() {
  static const FirstBytes kBytes = [] {
    FirstBytes out;
    for (const std::string_view word : mine_words::kProfileHosts) out.Add(word);
    out.Add("http");
    out.Add("www");
    return out;
  }();
  return kBytes;
}

class Miner {
 public:
  Miner(std::string_view text, const SelectorHint& hint) : text_(text), hint_(hint), taken_(text.size(), false) {}

  Mined Run() {
    Urls();
    Emails();
    Ibans();
    Times();
    Addresses6();
    Addresses4();
    AssignTimes();
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

  // The word that ends right before `end`, blanks and [:=#.] skipped; at most 24 bytes.
  std::string WordBefore(size_t end) const {
    while (end > 0 &&
           (IsBlank(text_[end - 1]) || std::string_view(":=#.(").find(text_[end - 1]) != std::string_view::npos))
      --end;
    size_t begin = end;
    while (begin > 0 && end - begin < 24 && IsLetter(text_[begin - 1])) --begin;
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

  static bool NamesAPage(std::string_view head) {
    return std::ranges::any_of(mine_words::kProfileHosts,
                               [&](std::string_view host) { return head.starts_with(host); });
  }

  void Urls() {
    for (size_t i = 0; i + 4 < text_.size(); ++i) {
      if (IsWord(before(i)) || !page_bytes_.Has(text_[i])) continue;
      const std::string head = LowerOf(i, std::min<size_t>(20, text_.size() - i));
      const bool known = std::string_view("./@-").find(before(i)) == std::string_view::npos && NamesAPage(head);
      if (!known && !head.starts_with("http://") && !head.starts_with("https://") && !head.starts_with("www."))
        continue;
      size_t end = i;
      while (end < text_.size() && end - i < 2'083 && static_cast<unsigned char>(text_[end]) > 0x20 &&
             std::string_view("<>\"'`{}|\\^").find(text_[end]) == std::string_view::npos)
        ++end;
      const size_t scanned = end;
      while (end > i && (std::string_view(".,;:!?]").find(text_[end - 1]) != std::string_view::npos ||
                         (text_[end - 1] == ')' && text_.substr(i, end - i).find('(') == std::string_view::npos)))
        --end;
      // A host alone ("www.shop.example") is a site, not somebody's page.
      const size_t host = head.starts_with("https://") ? i + 8 : head.starts_with("http://") ? i + 7 : i;
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
      if (OneOf(mine_words::kFileEnds, top) || (IsDigit(at(i + 1)) && Lower(at(i + 2)) == 'x' && at(i + 3) == '.'))
        continue;
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
    if ((at(i) == ':' || at(i) == '#') && IsDigit(at(i + 1))) {
      ++i;
    } else {
      if (at(i) == ',') ++i;
      while (IsBlank(at(i)) || at(i) == '(') ++i;
      const std::string head = LowerOf(std::min(i, text_.size()), 16);
      size_t label = 0;
      for (const std::string_view word : mine_words::kPort) {
        if (head.starts_with(word)) label = std::max(label, word.size());
      }
      if (label == 0) return std::nullopt;
      i += label;
      while (IsBlank(at(i)) || at(i) == ':' || at(i) == '=') ++i;
    }
    uint32_t port = 0;
    size_t n = 0;
    while (IsDigit(at(i + n)) && n < 6) port = port * 10 + static_cast<uint32_t>(at(i + n++) - '0');
    if (n == 0 || n > 5 || port == 0 || port > 65'535 || IsWord(at(i + n))) return std::nullopt;
    end = i + n;
    return static_cast<uint16_t>(port);
  }

  struct Time {
    size_t begin = 0;
    size_t end = 0;
    std::optional<WrittenTime> time;  // none: it has two readings
  };

  bool MayBeginTime(size_t i) const {
    if (IsWord(before(i)) || before(i) == '-' || before(i) == '/' || before(i) == '.') return false;
    size_t digits = 0;
    while (digits < 5 && IsDigit(at(i + digits))) ++digits;
    const char next = at(i + digits);
    if (digits == 4) return next == '-' || next == '/';
    if (digits == 1 || digits == 2)
      return next == '/' || next == '.' || ((next == ' ' || next == '-') && BeginsName(i + digits + 1));
    return digits == 0 && BeginsName(i);
  }
  // "Mar", "Tuesday": a month or a day of the week, in English, as machines write.
  bool BeginsName(size_t i) const {
    static constexpr std::string_view kNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
                                                  "Nov", "Dec", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return at(i) >= 'A' && at(i) <= 'W' && OneOf(kNames, text_.substr(i, 3));
  }

  // A time that begins at i: the longest of the spellings that are read. Its length; 0 for none.
  size_t TimeAt(size_t i, std::optional<WrittenTime>& time) const {
    if (!MayBeginTime(i)) return 0;
    size_t end = i;
    size_t colons = 0;
    while (end < text_.size() && end - i < 48 &&
           (IsDigit(text_[end]) || IsAlpha(text_[end]) ||
            std::string_view(":.,+-/ ()").find(text_[end]) != std::string_view::npos))
      colons += text_[end++] == ':' ? 1U : 0U;
    if (colons == 0) return 0;
    for (; end > i + 11; --end) {
      if ((IsWord(at(end)) && IsWord(text_[end - 1])) || text_[end - 1] == ' ' || text_[end - 1] == ',') continue;
      const std::string_view text = text_.substr(i, end - i);
      const auto read = ReadTime(text);
      if (!read || !read->has_time) continue;
      time = ReadTimeOfOneReading(text);
      return end - i;
    }
    return 0;
  }

  void Times() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (!IsDigit(text_[i]) && !IsAlpha(text_[i])) continue;
      std::optional<WrittenTime> time;
      const size_t length = TimeAt(i, time);
      if (length > 0) times_.push_back({.begin = i, .end = i + length, .time = time});
      if (length > 0) i += length - 1;
      while (length == 0 && IsWord(at(i + 1))) ++i;
    }
  }

  struct Token {
    size_t begin = 0;
    size_t end = 0;
    const Time* time = nullptr;
    MinedSelector* address = nullptr;
  };

  // Which time belongs to which address, line by line. A wrong time names a wrong person: what is not plain is left.
  void AssignTimes() {
    std::vector<Token> tokens;
    for (const Time& time : times_) tokens.push_back({.begin = time.begin, .end = time.end, .time = &time});
    for (size_t i = 0; i < out_.found.size(); ++i) {
      MinedSelector& found = out_.found[i];
      if (found.type == SelectorType::kIp)
        tokens.push_back({.begin = found.offset_bytes, .end = address_ends_.at(i), .address = &found});
    }
    std::ranges::stable_sort(tokens, {}, &Token::begin);
    for (size_t begin = 0; begin < tokens.size();) {
      size_t end = begin + 1;
      while (end < tokens.size() &&
             text_.substr(tokens[end - 1].end, tokens[end].begin - std::min(tokens[end].begin, tokens[end - 1].end))
                     .find_first_of(";\n") == std::string_view::npos)
        ++end;
      AssignInLine(std::span(tokens).subspan(begin, end - begin));
      begin = end;
    }
  }

  void AssignInLine(std::span<Token> line) const {
    bool regular = line.size() % 2 == 0;  // time, address, time, address ... or the reverse
    for (size_t i = 1; i < line.size(); ++i)
      regular = regular && (line[i].time == nullptr) != (line[i - 1].time == nullptr);
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i].address == nullptr) continue;
      const Token* const before = i > 0 ? Near(line[i - 1], line[i]) : nullptr;
      const Token* const after = i + 1 < line.size() ? Near(line[i + 1], line[i]) : nullptr;
      const Token* chosen = before == nullptr ? after : after == nullptr ? before : nullptr;
      if (regular) {
        chosen = line[0].time != nullptr ? before : after;
      } else if (before != nullptr && after != nullptr) {
        const bool beside_before = line[i].begin - before->end <= kTimeBeside;
        const bool beside_after = after->begin - line[i].end <= kTimeBeside;
        if (beside_before != beside_after) chosen = beside_before ? before : after;
      }
      if (chosen == nullptr) continue;
      line[i].address->at = chosen->time->time;
      line[i].address->at_text = std::string(text_.substr(chosen->begin, chosen->end - chosen->begin));
    }
  }
  // The token if it is a time within reach of the address.
  static const Token* Near(const Token& token, const Token& address) {
    if (token.time == nullptr) return nullptr;
    const size_t gap = token.begin < address.begin ? address.begin - std::min(token.end, address.begin)
                                                   : token.begin - std::min(address.end, token.begin);
    return gap <= kTimeReach ? &token : nullptr;
  }

  // after: where a port may follow.
  void AddAddress(size_t begin, size_t end, size_t after) {
    const auto value = Normalise(SelectorType::kIp, text_.substr(begin, end - begin));
    if (!value || !MeansSomebody(*value)) return;
    MinedSelector extra;
    extra.port = PortAfter(after);
    if (!Add(SelectorType::kIp, begin, end - begin, {}, std::move(extra))) return;
    address_ends_.resize(out_.found.size());
    address_ends_.back() = after;
  }

  void Addresses6() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (!(IsHex(text_[i]) || text_[i] == ':')) continue;
      if (text_[i] == ':' && at(i + 1) != ':' && IsAlpha(before(i))) continue;  // the colon of a label: "IP:2001:..."
      if (text_[i] == '6' && at(i + 1) == ':' && i >= 3 && LowerOf(i - 3, 3) == "ipv") {
        ++i;
        continue;
      }
      size_t end = i;
      size_t colons = 0;
      while (end < text_.size() && (IsHex(text_[end]) || text_[end] == ':' || text_[end] == '.'))
        colons += text_[end++] == ':' ? 1U : 0U;
      const size_t run_end = end;
      const bool bounded =
          !IsWord(before(i)) && !IsWord(at(end)) && before(i) != '.' && before(i) != '-' && before(i) != '/';
      while (end > i && (text_[end - 1] == '.' || (text_[end - 1] == ':' && !text_.substr(i, end - i).ends_with("::"))))
        --end;
      const bool mapped = text_.substr(i, end - i).find('.') != std::string_view::npos;  // ::ffff:192.0.2.1
      size_t groups = mapped ? 1 : 0;
      size_t pairs = 0;  // groups of two digits: an EUI-64 or a fingerprint has no others
      for (size_t k = i; k < end; ++k) {
        if (!IsHex(text_[k]) || (k > i && text_[k - 1] != ':')) continue;
        ++groups;
        pairs += k + 1 < end && IsHex(text_[k + 1]) && (k + 2 >= end || text_[k + 2] == ':') ? 1U : 0U;
      }
      // Three groups at least: "::1", "a::b" and clock times are not somebody's address.
      if (bounded && colons >= 2 && groups >= 3 && pairs < 8 && end - i <= 45) {
        size_t after = end;
        if (at(after) == ']') ++after;
        AddAddress(i, end, after);
      }
      i = run_end - 1 + (run_end == i ? 1 : 0);
    }
  }

  static bool MeansSomebody(std::string_view ip) {
    const size_t dot = ip.find('.');
    if (dot == std::string_view::npos) {
      // Link-local, unique local, multicast.
      return !(ip.starts_with("fe8") || ip.starts_with("fe9") || ip.starts_with("fea") || ip.starts_with("feb") ||
               ip.starts_with("fc") || ip.starts_with("fd") || ip.starts_with("ff")) ||
             ip.find(':') < 4;  // "fd:..." is 00fd, another address
    }
    const int first = std::atoi(std::string(ip.substr(0, dot)).c_str());
    const int second = std::atoi(std::string(ip.substr(dot + 1)).c_str());
    // Unspecified, loopback, link-local, private, behind a provider's NAT, multicast and above: in free text they
    // identify nobody.
    return !(first == 0 || first == 10 || first == 127 || first >= 224 || (first == 169 && second == 254) ||
             (first == 172 && second >= 16 && second < 32) || (first == 192 && second == 168) ||
             (first == 100 && second >= 64 && second < 128));
  }

  // What stands right before an IPv4 address: "IP:192.0.2.1" and " /192.0.2.1" begin one, "v1.192.0.2.1" does not.
  bool BeginsAddress4(size_t i) const {
    const char c = before(i);
    if (c == ':') {
      size_t k = i - 1;
      bool word = false;  // a letter that no group of an IPv6 address has
      while (k > 0 && IsLetter(text_[k - 1])) word = !IsHex(text_[--k]) || word;
      return word;
    }
    if (c == '/') return i < 2 || IsBlank(text_[i - 2]) || text_[i - 2] == '\n';
    return !IsWord(c) && c != '.' && c != '-';
  }

  void Addresses4() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (!IsDigit(text_[i])) continue;
      size_t end = i;
      while (end < text_.size() && (IsDigit(text_[end]) || text_[end] == '.')) ++end;
      const size_t run_end = end;
      while (end > i && text_[end - 1] == '.') --end;
      // A host ("17.2.0.192.in-addr.arpa") or a file ("1.2.3.4.jpg") begins with numbers too.
      const bool bounded = BeginsAddress4(i) && !IsWord(at(end)) && at(end) != '/' &&
                           !((at(end) == '-' || at(end) == '.') && IsWord(at(end + 1)));
      if (bounded && end - i >= 7 && end - i <= 15 && !OneOf(mine_words::kVersion, WordBefore(i)))
        AddAddress(i, end, end);
      i = std::max(run_end, i + 1) - 1;
    }
  }

  // A word within reach to the left, in the same sentence, says that this is a number to call. "Tel." ends no sentence.
  bool LabelledPhone(size_t begin) const {
    const size_t least = begin - std::min(begin, kLabelReach);
    size_t i = begin;
    while (i > least) {
      bool dot = text_[i - 1] == '.';
      if (dot) --i;
      if (!dot && !IsLetter(text_[i - 1])) {
        if (text_[--i] == ';' || text_[i] == '\n') return false;
        continue;
      }
      const size_t end = i;
      while (i > least && IsLetter(text_[i - 1])) --i;
      if (!IsWord(before(i)) && !IsWord(at(end)) && OneOf(mine_words::kPhone, LowerOf(i, end - i))) return true;
      if (dot) return false;
    }
    return false;
  }

  void Phones() {
    for (size_t i = 0; i < text_.size(); ++i) {
      const bool plus = text_[i] == '+' && IsDigit(at(i + 1));
      const bool digit = IsDigit(text_[i]) || (text_[i] == '(' && IsDigit(at(i + 1)));
      if (!plus && !digit) continue;
      // The run of digits with single separators between them ("  ", " (" and ") " count as one).
      std::array<size_t, 16> cuts{};  // ends of digit groups
      size_t cut_count = 0;
      size_t end = i + (plus ? 1 : 0);
      size_t gap = 0;
      while (end < text_.size() && gap <= 2) {
        const char c = text_[end];
        if (IsDigit(c)) {
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
    if (OneOf(mine_words::kNoName, lower) || at(begin + length) == '@') return;
    if (lower.ends_with(".com") || lower.ends_with(".net") || lower.ends_with(".org")) return;  // "@gmail.com": a host
    Add(SelectorType::kScreenName, begin, length, {.service = service});
  }

  static const mine_words::Service* ServiceOf(std::string_view word) {
    const auto* const found = std::ranges::find(mine_words::kServices, word, &mine_words::Service::word);
    return found == std::end(mine_words::kServices) ? nullptr : found;
  }
  // The service named in the word before a label, else the hint's.
  std::string ServiceBefore(size_t label_begin) const {
    const auto* const service = ServiceOf(WordBefore(label_begin));
    return std::string(service != nullptr ? service->service : hint_.service);
  }

  bool StartsWideColon(size_t i) const { return i < text_.size() && text_.substr(i).starts_with(kWideColon); }

  struct Label {
    size_t length = 0;
    std::string service;
    bool needs_colon = false;
  };

  // The label that begins at i: "user name", "kik", "line id".
  Label LabelAt(size_t i) const {
    std::array<char, 40> lower{};
    const std::string_view head(lower.data(), std::min(lower.size(), text_.size() - i));
    std::ranges::transform(text_.substr(i, head.size()), lower.begin(), Lower);
    const auto begins = [&](std::string_view word, size_t from = 0) {
      return from < head.size() && head[from] == word.front() && head.substr(from).starts_with(word) &&
             (!IsWord(at(i + from + word.size())) || StartsWideColon(i + from + word.size()));
    };
    Label out;
    for (const std::string_view word : mine_words::kName) {
      if (begins(word) && word.size() > out.length) out = {word.size(), ServiceBefore(i), false};
    }
    for (const std::string_view word : mine_words::kNameWithColon) {
      if (begins(word) && word.size() > out.length) out = {word.size(), ServiceBefore(i), true};
    }
    for (const mine_words::Service& service : mine_words::kServices) {
      if (out.length > 0 || !begins(service.word)) continue;
      size_t end = service.word.size();
      if (IsBlank(at(i + end))) {
        for (const std::string_view tail : mine_words::kServiceTails) {
          if (begins(tail, service.word.size() + 1)) end = std::max(end, service.word.size() + 1 + tail.size());
        }
      }
      if (service.alone || end > service.word.size()) out = {end, std::string(service.service), true};
    }
    return out;
  }

  // From behind a label to where the name begins; colon: something says that what follows is the name.
  size_t NameBegin(size_t j, bool& colon) const {
    while (IsBlank(at(j))) ++j;
    if (at(j) == ':' || at(j) == '=') {
      colon = true;
      ++j;
    } else if (StartsWideColon(j)) {
      colon = true;
      j += kWideColon.size();
    } else if (LowerOf(std::min(j, text_.size()), 3) == "is ") {
      colon = true;
      j += 3;
    }
    while (IsBlank(at(j)) || at(j) == '"' || at(j) == '\'' || at(j) == '@') {
      if (!IsBlank(at(j))) colon = true;  // a quote or an @ marks a name as well
      ++j;
    }
    return j;
  }

  void Names() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (IsWord(before(i))) continue;
      if (text_[i] == '@' && IsLetter(at(i + 1)) && !IsLocal(before(i))) {
        const size_t length = NameAt(i + 1);
        if (length >= 3 && !taken_[i]) AddName(i + 1, length, ServiceBefore(i));
        i += length;
        continue;
      }
      if (!IsLetter(text_[i])) continue;
      const Label label = label_bytes_.Has(text_[i]) ? LabelAt(i) : Label{};
      if (label.length == 0) {
        while (IsWord(at(i + 1))) ++i;  // to the end of the word
        continue;
      }
      bool colon = false;
      const size_t j = NameBegin(i + label.length, colon);
      const size_t length =
          NameAt(j) + (label.service == "skype" && LowerOf(j, 5) == "live:" ? 5 + NameAt(j + 5) - 4 : 0);
      const std::string_view name = text_.substr(std::min(j, text_.size()), length);
      const bool looks_like_one = std::ranges::any_of(name, [](char c) { return IsDigit(c) || c == '_'; });
      if (colon || (!label.needs_colon && looks_like_one)) {
        AddName(j, length, label.service);
        if (length > 0) i = j + length - 1;
      } else {
        i += label.length - 1;
      }
    }
  }

  std::string_view text_;
  const SelectorHint& hint_;
  const FirstBytes& label_bytes_ = LabelBytes();
  const FirstBytes& page_bytes_ = PageBytes();
  std::vector<bool> taken_;
  std::vector<Time> times_;
  std::vector<size_t> address_ends_;  // by the number of the find: behind its port
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
