#include "model/csv_table.h"

#include <algorithm>

namespace crossguard {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The mark stood before the first quote, which was therefore taken for text.
void DropMark(std::string& first) {
  if (!first.starts_with("\xEF\xBB\xBF")) return;
  first.erase(0, 3);
  if (first.size() >= 2 && first.starts_with('"') && first.ends_with('"')) first = first.substr(1, first.size() - 2);
}

}  // namespace

Status CsvTable::Feed(ByteView bytes) {
  for (const char c : AsText(bytes)) TRY(Take(c));
  return {};
}

Status CsvTable::Finish() {
  if (row_empty_) return {};
  if (quoted_ == Quoted::kInside) Flaw("the document ends inside of a quoted field");
  return EndRow();
}

Status CsvTable::Take(char c) {
  if (c == '\n') ++line_;
  if (row_empty_) {
    if (c == '\n' || c == '\r') {
      row_line_ = line_;
      return {};
    }
    row_empty_ = false;
  }
  if (++row_bytes_ > kCsvRowMaxBytes) {  // nothing is kept of it; it ends at the next line end, quotes or not
    Flaw("the row is longer than 4 MiB");
    fields_.clear();
    field_.clear();
    quoted_ = Quoted::kNo;
    return c == '\n' ? EndRow() : Status{};
  }
  if (keep_raw_) raw_ += c;
  if (quoted_ == Quoted::kInside) {
    if (c == '"')
      quoted_ = Quoted::kAfter;
    else
      field_ += c;
    return {};
  }
  if (quoted_ == Quoted::kAfter && c == '"') {
    field_ += '"';
    quoted_ = Quoted::kInside;
    return {};
  }
  if (c == '\n') return EndRow();
  if (c == '\r') return {};
  if (c == separator_ || (separator_ == '\0' && kCsvSeparators.find(c) != std::string_view::npos)) {
    separator_ = c;
    EndField();
    return {};
  }
  if (quoted_ == Quoted::kAfter) {
    if (c != ' ') Flaw("there is text behind a closing quote");
    return {};
  }
  if (c == '"' && field_.empty()) {
    quoted_ = Quoted::kInside;
    return {};
  }
  field_ += c;
  return {};
}

void CsvTable::EndField() {
  if (field_.size() > kCsvFieldMaxBytes) Flaw("a field is longer than 1 MiB");
  if (fields_.size() >= kCsvColumnsMax) {
    static const std::string kTooMany = "the row has more than " + std::to_string(kCsvColumnsMax) + " columns";
    Flaw(kTooMany);
  } else {
    fields_.push_back(std::move(field_));
  }
  field_.clear();
  quoted_ = Quoted::kNo;
}

Status CsvTable::EndRow() {
  EndField();
  const Status done = unreadable_ ? Status() : column_count_ == 0 ? Header() : Body();
  fields_.clear();
  raw_.clear();
  flaw_.clear();
  row_bytes_ = 0;
  row_empty_ = true;
  row_line_ = line_;
  return done;
}

Status CsvTable::Header() {
  if (flaw_.empty()) {
    DropMark(fields_[0]);
    if (fields_.size() == 2 && fields_[0] == "sep=" && fields_[1].empty()) return {};  // a spreadsheet's own line
    while (fields_.size() > 1 && IsBlank(fields_.back())) fields_.pop_back();
    column_count_ = fields_.size();
  }
  unreadable_ = !flaw_.empty();
  return on_header_({.fields = fields_, .line = row_line_, .raw = raw_, .flaw = flaw_});
}

Status CsvTable::Body() {
  // More fields than columns are fine as long as they are empty: a separator at the end of each row.
  while (fields_.size() > column_count_ && fields_.back().empty()) fields_.pop_back();
  if (fields_.size() != column_count_)
    Flaw("the row has " + std::to_string(fields_.size()) + " fields where the header has " +
         std::to_string(column_count_));
  if (flaw_.empty() && !std::ranges::all_of(fields_, [](const std::string& field) { return IsUtf8(field); }))
    Flaw("the row is not UTF-8");
  return on_row_({.fields = fields_, .line = row_line_, .raw = raw_, .flaw = flaw_});
}

}  // namespace crossguard
