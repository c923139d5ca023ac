#include "match/list_csv.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/json.h"

namespace crossguard::match {
namespace {

constexpr std::string_view kPreamble = "# crossguard-list ";

class ByteReader {
 public:
  explicit ByteReader(const JsonSource& source) : source_(source) {}
  // The next byte, -1 at the end. An error is kept and looks like the end.
  int Peek() {
    if (at_ == end_ && !done_) Fill();
    return at_ == end_ ? -1 : buffer_[at_];
  }
  int Next() {
    const int byte = Peek();
    if (byte >= 0) ++at_;
    return byte;
  }
  const Status& status() const { return status_; }

 private:
  void Fill() {
    at_ = end_ = 0;
    const auto got = source_(buffer_);
    if (!got) status_ = std::unexpected(got.error());
    done_ = !got || *got == 0;
    end_ = got ? *got : 0;
  }
  const JsonSource& source_;
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(64 * 1024);
  size_t at_ = 0;
  size_t end_ = 0;
  bool done_ = false;
  Status status_;
};

struct CsvRecord {
  int64_t line = 0;
  std::vector<std::string> fields;
  std::string problem;
  bool open_quote = false;  // the file ended inside quotes
  bool blank = false;
};

class CsvReader {
 public:
  CsvReader(ByteReader& bytes, char separator, int64_t first_line)
      : bytes_(bytes), separator_(separator), line_(first_line) {}

  // False at the end of the file.
  bool Read(CsvRecord& record) {
    record = {};
    record.line = line_;
    if (bytes_.Peek() < 0) return false;
    std::string field;
    size_t total_bytes = 0;
    bool any = false;
    enum { kStart, kPlain, kQuoted, kAfterQuote } state = kStart;
    const auto close_field = [&] {
      if (record.fields.size() < kListColumnsMax)
        record.fields.push_back(std::move(field));
      else if (record.problem.empty())
        record.problem = "The row has more than " + std::to_string(kListColumnsMax) + " fields.";
      field.clear();
      state = kStart;
    };
    const auto keep = [&](int byte) {
      any = true;
      if (++total_bytes <= kListRowMaxBytes)
        field.push_back(static_cast<char>(byte));
      else if (record.problem.empty())
        record.problem = "The row is longer than " + std::to_string(kListRowMaxBytes) + " bytes.";
    };
    for (;;) {
      const int byte = bytes_.Next();
      if (byte < 0) {
        record.open_quote = state == kQuoted;
        break;
      }
      if (byte == '\n') ++line_;
      if (state == kQuoted) {
        if (byte == '"' && bytes_.Peek() == '"')
          keep(bytes_.Next());
        else if (byte == '"')
          state = kAfterQuote;
        else
          keep(byte);
        continue;
      }
      if (byte == '\r' && (bytes_.Peek() == '\n' || bytes_.Peek() < 0)) continue;
      if (byte == '\n') break;
      if (byte == separator_) {
        any = true;
        close_field();
      } else if (byte == '"' && state == kStart) {
        state = kQuoted;
        any = true;
      } else if (state == kAfterQuote) {
        if (byte != ' ' && record.problem.empty()) record.problem = "There is text after a closing quote.";
      } else {
        state = kPlain;
        keep(byte);
      }
    }
    close_field();
    record.blank = !any;
    return true;
  }
  int64_t line() const { return line_; }

 private:
  ByteReader& bytes_;
  char separator_;
  int64_t line_;
};

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Letters and digits in lower case: "SHA-1", "Sha1" and "sha_1" name one column.
std::string PlainName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

std::string RawRow::* FieldFor(std::string_view plain_name) {
  static const std::map<std::string_view, std::string RawRow::*> kFields{{"member", &RawRow::member},
                                                                         {"entryid", &RawRow::entry_id},
                                                                         {"imageid", &RawRow::entry_id},
                                                                         {"mediaid", &RawRow::entry_id},
                                                                         {"md5", &RawRow::md5},
                                                                         {"sha1", &RawRow::sha1},
                                                                         {"sha256", &RawRow::sha256},
                                                                         {"pdq", &RawRow::pdq},
                                                                         {"sizebytes", &RawRow::size_bytes},
                                                                         {"filesize", &RawRow::size_bytes},
                                                                         {"mediasize", &RawRow::size_bytes},
                                                                         {"code", &RawRow::code},
                                                                         {"category", &RawRow::code},
                                                                         {"votesfor", &RawRow::votes_for},
                                                                         {"votesagainst", &RawRow::votes_against},
                                                                         {"grade", &RawRow::grade},
                                                                         {"series", &RawRow::series},
                                                                         {"seriesname", &RawRow::series},
                                                                         {"withdrawnat", &RawRow::withdrawn_at}};
  const auto found = kFields.find(plain_name);
  return found == kFields.end() ? nullptr : found->second;
}

std::optional<std::string> TextIn(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Status ReadPreamble(std::string_view json, ListHeader& header) {
  const auto facts = ParseJson(json);
  if (!facts.is_object())
    return Fail(Code::kInvalid,
                "The first line of the list is not a JSON object after '# crossguard-list'; mend it or give its facts "
                "as options.");
  header.name = TextIn(facts, "name");
  header.version = TextIn(facts, "version");
  header.owner = TextIn(facts, "owner");
  header.kind = TextIn(facts, "kind");
  header.environment = TextIn(facts, "environment");
  header.pdq_definition = TextIn(facts, "pdq_definition");
  if (const auto scheme = facts.find("scheme"); scheme != facts.end() && scheme->is_object()) {
    header.scheme = TextIn(*scheme, "id");
    header.scheme_country = TextIn(*scheme, "country");
    header.scheme_version = TextIn(*scheme, "version");
  }
  return {};
}

std::string ReadLine(ByteReader& bytes) {
  std::string line;
  while (line.size() < kListRowMaxBytes) {
    const int byte = bytes.Next();
    if (byte < 0 || byte == '\n') break;
    line.push_back(static_cast<char>(byte));
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

char SeparatorOf(std::string_view line) {
  char best = ',';
  for (const char candidate : {';', '\t'}) {
    if (std::count(line.begin(), line.end(), candidate) > std::count(line.begin(), line.end(), best)) best = candidate;
  }
  return best;
}

bool IsYes(const std::string& text) {
  static constexpr std::array<std::string_view, 5> kYes{"true", "yes", "y", "1", "baseline"};
  const std::string lower = Lower(text);
  return std::find(kYes.begin(), kYes.end(), lower) != kYes.end();
}

// The columns of one list: where each field goes.
struct Columns {
  std::vector<std::string> names;
  std::vector<std::string RawRow::*> fields;  // nullptr: a fact
  std::optional<size_t> baseline;             // ICSE-style: yes or no instead of a code
};

Result<Columns> ReadHeader(const std::vector<std::string>& names, ListHeader& header) {
  Columns columns;
  bool digest = false;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string plain = PlainName(names[i]);
    const auto field = FieldFor(plain);
    if (field != nullptr && std::find(columns.fields.begin(), columns.fields.end(), field) != columns.fields.end()) {
      return Fail(Code::kInvalid,
                  "Column " + std::to_string(i + 1) + " of the list's header names a field a second time; keep one.");
    }
    digest = digest || plain == "md5" || plain == "sha1" || plain == "sha256" || plain == "pdq";
    if (plain == "baseline") columns.baseline = i;
    columns.names.push_back(names[i].substr(0, 64));
    columns.fields.push_back(field);
  }
  if (!digest)
    return Fail(Code::kInvalid,
                "The list's header names no digest column (md5, sha1, sha256 or pdq); give a CSV with one or "
                "VICS-shaped JSON.");
  if (columns.baseline &&
      std::find(columns.fields.begin(), columns.fields.end(), &RawRow::code) != columns.fields.end())
    columns.baseline.reset();
  if (columns.baseline && !header.scheme) header.scheme = "interpol_baseline";
  return columns;
}

}  // namespace

Status ReadCsvList(const JsonSource& source, ListHeader& header, const OnRawRow& on_row) {
  ByteReader bytes(source);
  std::string line = ReadLine(bytes);
  int64_t line_number = 1;
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (line.starts_with(kPreamble)) {
    TRY(ReadPreamble(std::string_view(line).substr(kPreamble.size()), header));
    line = ReadLine(bytes);
    ++line_number;
  }
  const char separator = SeparatorOf(line);
  const JsonSource header_source = [&line, at = size_t{0}](std::span<uint8_t> out) mutable -> Result<size_t> {
    const size_t take = std::min(out.size(), line.size() - at);
    std::copy_n(line.begin() + static_cast<std::ptrdiff_t>(at), take, out.begin());
    at += take;
    return take;
  };
  ByteReader header_bytes(header_source);
  CsvRecord record;
  CsvReader(header_bytes, separator, line_number).Read(record);
  if (!bytes.status()) return bytes.status();
  const Columns columns = TRY(ReadHeader(record.fields, header));

  CsvReader reader(bytes, separator, line_number + 1);
  while (reader.Read(record)) {
    if (!bytes.status()) return bytes.status();
    if (record.open_quote)
      return Fail(Code::kInvalid, "The list breaks off inside quotes that open at line " + std::to_string(record.line) +
                                      "; ask its owner for a whole copy.");
    if (record.blank) continue;
    RawRow row;
    row.place = "line " + std::to_string(record.line);
    row.problem = std::move(record.problem);
    if (row.problem.empty() && record.fields.size() != columns.names.size()) {
      row.problem = "The row has " + std::to_string(record.fields.size()) + " fields, the header has " +
                    std::to_string(columns.names.size()) + ".";
    }
    if (row.problem.empty()) {
      for (size_t i = 0; i < record.fields.size(); ++i) {
        std::string& text = record.fields[i];
        if (columns.fields[i] != nullptr)
          row.*columns.fields[i] = std::move(text);
        else if (columns.baseline == i)
          row.code = IsYes(text) ? "baseline" : "";
        else if (text.size() > kListTextMaxBytes)
          row.problem = "A field is longer than " + std::to_string(kListTextMaxBytes) + " bytes.";
        else if (row.facts.size() < kListFactsMax)
          row.facts.emplace_back(columns.names[i], std::move(text));
      }
    }
    TRY(on_row(std::move(row)));
  }
  return bytes.status();
}

}  // namespace crossguard::match
