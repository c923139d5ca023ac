#include "rules.h"

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

namespace tidy {
namespace {

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  std::istringstream in(text);
  while (std::getline(in, line)) lines.push_back(line);
  return lines;
}

bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Fills `code` and `literals` with blanks of the same shape, and what belongs to each.
void Separate(const std::string& text, std::string& code, std::string& literals) {
  enum class In { kCode, kLine, kBlock, kText, kChar, kRaw };
  code.assign(text.size(), ' ');
  literals.assign(text.size(), ' ');
  In in = In::kCode;
  std::string raw_end;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      code[i] = literals[i] = '\n';
      if (in == In::kLine) in = In::kCode;
      continue;
    }
    const std::string_view rest = std::string_view(text).substr(i);
    switch (in) {
      case In::kCode:
        if (rest.starts_with("//")) {
          in = In::kLine;
        } else if (rest.starts_with("/*")) {
          in = In::kBlock;
          ++i;
        } else if (rest.starts_with("R\"") && (i == 0 || !IsWord(text[i - 1]))) {
          const size_t open = text.find('(', i);
          if (open == std::string::npos) return;
          raw_end = ")" + text.substr(i + 2, open - i - 2) + "\"";
          code[i] = code[i + 1] = '"';
          i = open;
          in = In::kRaw;
        } else if (c == '"') {
          code[i] = c;
          in = In::kText;
        } else if (c == '\'' && (i == 0 || !IsWord(text[i - 1]))) {  // else it separates digits
          code[i] = c;
          in = In::kChar;
        } else {
          code[i] = c;
        }
        break;
      case In::kLine:
        break;
      case In::kBlock:
        if (rest.starts_with("*/")) {
          in = In::kCode;
          ++i;
        }
        break;
      case In::kText:
      case In::kChar:
        if (c == '\\') {
          ++i;
          if (i < text.size() && text[i] == '\n') code[i] = literals[i] = '\n';
        } else if (c == (in == In::kText ? '"' : '\'')) {
          code[i] = c;
          in = In::kCode;
        } else if (in == In::kText) {
          literals[i] = c;
        }
        break;
      case In::kRaw:
        if (rest.starts_with(raw_end)) {
          i += raw_end.size() - 1;
          code[i] = '"';
          in = In::kCode;
        } else {
          literals[i] = c;
        }
        break;
    }
  }
}

void Find(const Source& source, const std::vector<std::string>& view, const std::regex& what, const std::string& rule,
          std::vector<Finding>& out) {
  for (size_t i = 0; i < view.size(); ++i) {
    if (std::regex_search(view[i], what)) out.push_back({source.path(), i + 1, rule});
  }
}

size_t Columns(std::string_view line) {
  return static_cast<size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool Below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder);
}
bool IsCpp(std::string_view path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}

struct Include {
  size_t line;
  bool quoted;
  std::string path;
};

std::vector<Include> IncludesOf(const Source& source) {
  static const std::regex kQuoted(R"re(^\s*#\s*include\s*"([^"]+)")re");
  static const std::regex kAngle(R"re(^\s*#\s*include\s*<([^>]+)>)re");
  std::vector<Include> out;
  for (size_t i = 0; i < source.lines().size(); ++i) {
    std::smatch match;
    if (source.code()[i].find('#') == std::string::npos) continue;  // in a comment or a literal
    if (std::regex_search(source.lines()[i], match, kQuoted)) {
      out.push_back({i + 1, true, match[1]});
    } else if (std::regex_search(source.lines()[i], match, kAngle)) {
      out.push_back({i + 1, false, match[1]});
    }
  }
  return out;
}

}  // namespace

std::string Text(const Finding& finding) {
  return finding.path + ":" + std::to_string(finding.line) + ": " + finding.rule;
}

Source::Source(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  lines_ = SplitLines(text_);
  std::string code, literals;
  Separate(text_, code, literals);
  code_ = SplitLines(code);
  literals_ = SplitLines(literals);
}

House::House(std::string_view text, const std::map<std::string, std::string>& folder_of) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Room room;
    if (!(words >> room.name >> room.floor)) continue;
    const auto folder = folder_of.find(room.name);
    room.folder = folder == folder_of.end() ? room.name : folder->second;
    room.may_include = {room.name, "base"};
    for (std::string dep; words >> dep;) room.may_include.insert(dep);
    rooms_.push_back(std::move(room));
  }
}

const House::Room* House::RoomOf(std::string_view path) const {
  const Room* best = nullptr;
  for (const Room& room : rooms_) {
    if (path.starts_with(room.folder + "/") && (best == nullptr || room.folder.size() > best->folder.size()))
      best = &room;
  }
  return best;
}

bool IsTest(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with("_test.cc") || name.ends_with("_fuzz.cc") || name.ends_with("_bench.cc") ||
         name.starts_with("testing_");
}

bool IsPrivateHeader(const Source& source) {
  return source.path().ends_with(".h") && source.text().starts_with("// Private to");
}

void CheckIncludes(const Source& source, const House& house, const std::set<std::string>& private_headers,
                   std::vector<Finding>& out) {
  if (!Below(source.path(), "src/") || !IsCpp(source.path())) return;
  const House::Room* const room = house.RoomOf(std::string_view(source.path()).substr(4));
  for (const Include& include : IncludesOf(source)) {
    if (!include.quoted) continue;
    const House::Room* const other = house.RoomOf(include.path);
    if (other == nullptr) {
      out.push_back({source.path(), include.line,
                     "Includes in quotes are written from src/ and name a room: '" + include.path + "' does not."});
      continue;
    }
    if (other == room) continue;
    if (private_headers.contains(include.path)) {
      out.push_back(
          {source.path(), include.line, "'" + include.path + "' is private to its room; use the room's face."});
    }
    // A test may look at any room below its own; what the product includes must have been declared to the build.
    const bool allowed = room == nullptr         ? false
                         : IsTest(source.path()) ? other->floor <= room->floor
                                                 : room->may_include.contains(other->name);
    if (!allowed) {
      out.push_back({source.path(), include.line,
                     "A room includes itself, base and the rooms it declares as DEPS: '" +
                         (room == nullptr ? "?" : room->name) + "' does not declare '" + other->name + "'."});
    }
  }
}

void CheckSql(const Source& source, std::vector<Finding>& out) {
  static const std::regex kSql(
      R"re(\b(SELECT\s+\S|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\s|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|VIEW)\b))re");
  // A test may look into the tables to judge what the product did.
  const bool exempt = Below(source.path(), "src/register/") || IsTest(source.path());
  if (!Below(source.path(), "src/") || exempt || !IsCpp(source.path())) return;
  Find(source, source.literals(), kSql, "All SQL is written in src/register: make it a function of a *_rows.h.", out);
}

void CheckWorld(const Source& source, std::vector<Finding>& out) {
  static const std::regex kClock(
      R"re(\b(system_clock|high_resolution_clock|utc_clock)\b|\b(clock_gettime|gettimeofday)\s*\()re"
      R"re(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)|\bnow\s*\(\s*\))re");
  static const std::regex kStopwatch(R"re(\bsteady_clock::now\s*\(\s*\))re");  // a test may measure how long it took
  static const std::regex kRandom(R"re(\b(random_device|arc4random)\b|\b(getrandom|RAND_bytes|srand)\s*\()re"
                                  R"re(|(^|[^\w.>])rand\s*\(\s*\))re");
  static const std::regex kSleep(R"re(\b(sleep_for|sleep_until|usleep|nanosleep)\b)re");
  if (!Below(source.path(), "src/") || Below(source.path(), "src/env/") || !IsCpp(source.path())) return;
  std::vector<std::string> code = source.code();
  if (IsTest(source.path())) {
    for (std::string& line : code) line = std::regex_replace(line, kStopwatch, "");
  }
  Find(source, code, kClock, "The clock is handed in (env/clock.h): nothing outside src/env asks what time it is.",
       out);
  Find(source, source.code(), kRandom,
       "Randomness is handed in (env/random.h): nothing outside src/env draws it by itself.", out);
  if (IsTest(source.path())) Find(source, source.code(), kSleep, "A test does not sleep: it moves a ManualClock.", out);
}

void CheckLibraries(const Source& source, std::vector<Finding>& out) {
  struct Guest {
    std::string_view header;
    std::string_view room;
  };
  // A dependency is a guest for life: one room knows it by name.
  constexpr std::array<Guest, 5> kGuests = {{{"openssl/", "src/crypto/"},
                                             {"sodium", "src/crypto/"},
                                             {"sqlite3.h", "src/register/"},
                                             {"asio", "src/server/"},
                                             {"boost/", "src/server/"}}};
  if (!Below(source.path(), "src/") || !IsCpp(source.path())) return;
  for (const Include& include : IncludesOf(source)) {
    for (const Guest& guest : kGuests) {
      if (include.path.starts_with(guest.header) && !Below(source.path(), guest.room)) {
        out.push_back({source.path(), include.line,
                       "Only " + std::string(guest.room) + " knows <" + std::string(guest.header) + "> by name."});
      }
    }
  }
}

void CheckShape(const Source& source, std::vector<Finding>& out) {
  if (!source.text().empty() && !source.text().ends_with('\n'))
    out.push_back({source.path(), source.lines().size(), "A file ends in a newline."});
  for (size_t i = 0; i < source.lines().size(); ++i) {
    const std::string& line = source.lines()[i];
    if (line.ends_with('\r')) out.push_back({source.path(), i + 1, "Lines end in a newline alone."});
    if (line.ends_with(' ') || line.ends_with('\t')) out.push_back({source.path(), i + 1, "No line ends in spaces."});
    if (line.find('\t') != std::string::npos) out.push_back({source.path(), i + 1, "No tabs: indent by two spaces."});
  }
}

void CheckColumns(const Source& source, std::vector<Finding>& out) {
  if (!IsCpp(source.path())) return;
  for (size_t i = 0; i < source.lines().size(); ++i) {
    if (Columns(source.lines()[i]) <= kColumnsMax) continue;
    out.push_back(
        {source.path(), i + 1, "No line is longer than " + std::to_string(kColumnsMax) + " columns (aim for 120)."});
  }
}

void CheckWords(const Source& source, std::vector<Finding>& out) {
  // Written apart, so that this file passes its own rule.
  static const std::regex kLater(std::string("\\b(TO") + "DO|FIX" + "ME|X" + "XX)\\b");
  static const std::regex kPlace(std::string("(^|[^\\w.])/wo") + "rk/");
  Find(source, source.lines(), kLater, "What is left to do stands in an issue, not in the code: do it, or say what is.",
       out);
  Find(source, source.lines(), kPlace, "No path of one machine: the project stands anywhere.", out);
}

void CheckTestsTest(const Source& source, std::vector<Finding>& out) {
  static const std::regex kClaim(R"re(\b(EXPECT|ASSERT)_\w+|\bRC_ASSERT\b|\bADD_FAILURE\b|\bstatic_assert\b)re");
  if (!source.path().ends_with("_test.cc")) return;
  if (source.path() == "src/examiner/self_test.cc") return;  // the jail's own check at its start: product, not test
  if (std::ranges::none_of(source.code(), [](const std::string& line) { return std::regex_search(line, kClaim); })) {
    out.push_back({source.path(), 0, "A test claims something: it has at least one EXPECT or ASSERT."});
  }
}

Ratchet::Ratchet(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string path;
    size_t number = 0;
    if (words >> path >> number && !path.starts_with('#')) allowed_[path] = number;
  }
}

size_t Ratchet::Allowed(const std::string& path) const {
  const auto found = allowed_.find(path);
  return found == allowed_.end() ? 0 : found->second;
}

void Ratchet::CheckLength(const Source& source, std::vector<Finding>& out) const {
  if (!Below(source.path(), "src/") || !IsCpp(source.path())) return;
  const size_t length = source.lines().size();
  const auto found = allowed_.find(source.path());
  const size_t max = found == allowed_.end() ? kFileLinesMax : found->second;
  if (length > max) {
    out.push_back({source.path(), length,
                   "A file is read in one sitting: at most " + std::to_string(max) + " lines, this one has " +
                       std::to_string(length) + "."});
  }
  if (found != allowed_.end() && (length < max || length <= kFileLinesMax)) {
    out.push_back({source.path(), length,
                   "The file has become shorter: put " + std::to_string(length) + " into tests/tidy/ratchet.txt" +
                       (length <= kFileLinesMax ? ", or rather take its line out." : ".")});
  }
}

}  // namespace tidy
