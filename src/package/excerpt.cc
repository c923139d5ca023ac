#include "package/excerpt.h"

#include <algorithm>

#include "base/json.h"

namespace crossguard {
namespace {

constexpr size_t kDepthMax = 64;

// --- XML ------------------------------------------------------------------------------------------------------------

struct Tag {
  size_t begin = 0, end = 0;  // of "<...>"
  std::string_view name;      // without a prefix
  bool closing = false, empty = false;
};

bool StartsAt(std::string_view text, size_t at, std::string_view what) {
  return text.substr(at, what.size()) == what;
}

// The next tag from `at` on; comments, CDATA, processing instructions and declarations are stepped over. False: none.
bool NextTag(std::string_view text, size_t at, Tag& tag) {
  for (;;) {
    at = text.find('<', at);
    if (at == std::string_view::npos) return false;
    std::string_view end = ">";
    bool skip = true;
    if (StartsAt(text, at, "<!--")) {
      end = "-->";
    } else if (StartsAt(text, at, "<![CDATA[")) {
      end = "]]>";
    } else if (StartsAt(text, at, "<?")) {
      end = "?>";
    } else if (!StartsAt(text, at, "<!")) {
      skip = false;
    }
    if (skip) {
      const size_t close = text.find(end, at + 2);
      if (close == std::string_view::npos) return false;
      at = close + end.size();
      continue;
    }
    size_t i = at + 1;
    char quote = 0;
    for (; i < text.size() && (quote != 0 || text[i] != '>'); ++i) {  // '>' may stand in an attribute's value
      if (quote != 0) {
        if (text[i] == quote) quote = 0;
      } else if (text[i] == '"' || text[i] == '\'') {
        quote = text[i];
      }
    }
    if (i >= text.size()) return false;
    tag.begin = at;
    tag.end = i + 1;
    tag.closing = text[at + 1] == '/';
    tag.empty = text[i - 1] == '/';
    const size_t name_begin = at + (tag.closing ? 2 : 1);
    const size_t name_end = std::min(text.find_first_of(" \t\r\n/>", name_begin), i);
    tag.name = text.substr(name_begin, name_end - name_begin);
    if (const size_t colon = tag.name.find(':'); colon != std::string_view::npos) tag.name.remove_prefix(colon + 1);
    return true;
  }
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The five predefined entities; anything else stays as it stands and so meets no identifier.
std::string Unescape(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto* found = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [&](const auto& one) { return StartsAt(text, i, one.first); });
    if (found != std::end(kEntities)) {
      out += found->second;
      i += found->first.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

// Reads the element that `start` opens, to its end. False if it does not close properly, names an associated account,
// or its own (direct) identifier is not wanted.
bool WantedElement(std::string_view document, const Tag& start, const std::set<std::string>& wanted, size_t& end) {
  std::vector<std::string_view> open = {start.name};
  bool right_person = false;
  size_t at = start.end;
  Tag tag;
  while (NextTag(document, at, tag)) {
    if (tag.closing) {
      if (open.back() != tag.name) return false;
      open.pop_back();
      if (open.empty()) {
        end = tag.end;
        return right_person;
      }
    } else {
      if (tag.name == "associatedAccount" || tag.name == "victim") return false;
      if (!tag.empty) {
        if (tag.name == "espIdentifier" && open.size() > 1) return false;  // somebody else, in the provider's own way
        if (tag.name == "espIdentifier") {
          const size_t close = document.find('<', tag.end);
          if (close == std::string_view::npos || right_person) return false;
          right_person = wanted.contains(Unescape(Trim(document.substr(tag.end, close - tag.end))));
          if (!right_person) return false;
        }
        open.push_back(tag.name);
        if (open.size() > kDepthMax) return false;
      }
    }
    at = tag.end;
  }
  return false;
}

// --- JSON -----------------------------------------------------------------------------------------------------------

// Walks JSON text and keeps where each object begins and what its own espUserId is.
class JsonWalk {
 public:
  JsonWalk(std::string_view text, const std::set<std::string>& wanted) : text_(text), wanted_(wanted) {}

  std::vector<Cut> All() {
    Space();
    while (at_ < text_.size()) {
      Inside ignored;
      if (!Value(0, nullptr, ignored)) return {};
      Space();
    }
    return std::move(cuts_);
  }

 private:
  // Of whom the values inside of an object speak.
  struct Inside {
    std::set<std::string> users;
    bool others = false;  // an associated account, a victim, or an identifier that stands there twice
  };

  void Space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
      ++at_;
    if (at_ == 0 && text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }
  bool Text(std::string& out) {
    const size_t begin = at_;
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    const auto parsed = ParseJson(text_.substr(begin, at_ - begin));
    if (!parsed.is_string()) return false;
    out = parsed.get<std::string>();
    return true;
  }
  // `text` takes the value as text if it is a string or a number.
  bool Value(size_t depth, std::string* text, Inside& around) {
    Space();
    if (depth > kDepthMax || at_ >= text_.size()) return false;
    if (text_[at_] == '{') return ObjectValue(depth, around);
    if (text_[at_] == '[') return ArrayValue(depth, around);
    std::string ignored;
    if (text_[at_] == '"') return Text(text != nullptr ? *text : ignored);
    const size_t begin = at_;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
    if (text != nullptr) *text = text_.substr(begin, at_ - begin);
    return at_ > begin;
  }
  bool ArrayValue(size_t depth, Inside& around) {
    ++at_;
    for (bool first = true;; first = false) {
      Space();
      if (at_ < text_.size() && text_[at_] == ']') return ++at_, true;
      if (!first) {
        if (at_ >= text_.size() || text_[at_] != ',') return false;
        ++at_;
      }
      if (!Value(depth + 1, nullptr, around)) return false;
    }
  }
  bool ObjectValue(size_t depth, Inside& around) {
    Inside inside;
    std::string user;
    bool has_user = false;
    const size_t begin = at_++;
    for (bool first = true;; first = false) {
      Space();
      if (at_ < text_.size() && text_[at_] == '}') break;
      if (!first) {
        if (at_ >= text_.size() || text_[at_] != ',') return false;
        ++at_;
        Space();
      }
      std::string key;
      if (!Text(key)) return false;
      Space();
      if (at_ >= text_.size() || text_[at_] != ':') return false;
      ++at_;
      Space();
      const size_t value_begin = at_;
      std::string value;
      if (!Value(depth + 1, &value, inside)) return false;
      if (key == "espUserId") {
        inside.others = inside.others || has_user;  // twice: whose record is it?
        has_user = true;
        user = value;
      } else if (key == "associatedAccounts" || key == "victims") {
        const std::string_view raw = text_.substr(value_begin, at_ - value_begin);
        inside.others = inside.others || raw.find_first_not_of("[]{} \t\r\n") != std::string_view::npos;
      }
    }
    ++at_;
    if (has_user) inside.users.insert(user);
    if (has_user && !inside.others && inside.users.size() == 1 && wanted_.contains(user)) {
      while (!cuts_.empty() && cuts_.back().offset > begin) cuts_.pop_back();  // the same person's, inside of this one
      cuts_.push_back({.offset = begin, .size_bytes = at_ - begin, .line = 0});
    }
    around.users.merge(inside.users);
    around.others = around.others || inside.others;
    return true;
  }

  std::string_view text_;
  const std::set<std::string>& wanted_;
  size_t at_ = 0;
  std::vector<Cut> cuts_;
};

void NumberLines(std::string_view document, std::vector<Cut>& cuts) {
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.offset < b.offset; });
  uint64_t line = 1;
  size_t at = 0;
  for (Cut& cut : cuts) {
    line += static_cast<uint64_t>(std::count(document.begin() + static_cast<ptrdiff_t>(at),
                                             document.begin() + static_cast<ptrdiff_t>(cut.offset), '\n'));
    at = cut.offset;
    cut.line = line;
  }
}

// --- CSV ------------------------------------------------------------------------------------------------------------

std::string ColumnName(std::string_view cell) {
  std::string out;
  for (const char c : Trim(cell)) {
    if (c == ' ' || c == '_' || c == '-' || c == '\t') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

std::vector<Cut> CutXml(std::string_view document, const std::set<std::string>& wanted) {
  std::vector<Cut> cuts;
  size_t at = 0;
  Tag tag;
  while (NextTag(document, at, tag)) {
    at = tag.end;
    if (tag.closing || tag.empty || (tag.name != "personOrUserReported" && tag.name != "intendedRecipient")) continue;
    size_t end = 0;
    if (!WantedElement(document, tag, wanted, end)) continue;
    cuts.push_back({.offset = tag.begin, .size_bytes = end - tag.begin, .line = 0});
    at = end;
  }
  NumberLines(document, cuts);
  return cuts;
}

std::vector<Cut> CutJson(std::string_view document, const std::set<std::string>& wanted) {
  std::vector<Cut> cuts = JsonWalk(document, wanted).All();
  NumberLines(document, cuts);
  return cuts;
}

CsvCutter::CsvCutter(const std::set<std::string>& wanted, Sink out)
    : wanted_(wanted),
      out_(std::move(out)),
      table_([this](const CsvTable::Row& row) { return Header(row); },
             [this](const CsvTable::Row& row) { return Row(row); }, true) {}

Status CsvCutter::Header(const CsvTable::Row& row) {
  if (!row.flaw.empty()) return {};
  for (size_t i = 0; i < row.fields.size(); ++i) {  // of two columns of a name, the first counts
    const std::string name = ColumnName(row.fields[i]);
    if (name == "userid" && user_column_ < 0) user_column_ = static_cast<int>(i);
    if (name == "role" && role_column_ < 0) role_column_ = static_cast<int>(i);
  }
  return understood() ? out_(AsBytes(row.raw)) : Status{};
}

Status CsvCutter::Row(const CsvTable::Row& row) {
  if (!understood() || !row.flaw.empty()) return {};
  const auto field = [&](int column) {
    return column < 0 ? std::string() : std::string(Trim(row.fields[static_cast<size_t>(column)]));
  };
  if (!wanted_.contains(field(user_column_)) || ColumnName(field(role_column_)) == "victim") return {};
  lines_.push_back(row.line);
  TRY(out_(AsBytes(row.raw)));
  return row.raw.ends_with('\n') ? Status{} : out_(AsBytes("\n"));
}

}  // namespace crossguard
