// A table of RFC 4180, streaming: the one reading of it, so that what intake took for a row is a row to whoever cuts
// the document later. Each row is judged by itself. docs/formats/dialects.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard {

constexpr size_t kCsvRowMaxBytes = size_t{4} << 20U;
constexpr size_t kCsvFieldMaxBytes = size_t{1} << 20U;
constexpr size_t kCsvColumnsMax = 1'000;
constexpr std::string_view kCsvSeparators = ",;\t";  // the first one that the header holds is the table's

class CsvTable {
 public:
  struct Row {
    std::vector<std::string>& fields;  // without a flaw as many as the header has; may be taken away
    uint64_t line;                     // where it begins, from 1
    std::string_view raw;              // as it stands, its line end included; "" unless raw rows are kept
    std::string_view flaw;             // why it is not to be read, as the end of a sentence; "" if it is fine
  };
  using OnRow = std::function<Status(const Row& row)>;
  // on_header: once, without a byte order mark, a spreadsheet's "sep=" line and blank columns at the end; with a flaw
  // no row of the table is handed out. An error of either ends the reading.
  CsvTable(OnRow on_header, OnRow on_row, bool keep_raw = false)
      : on_header_(std::move(on_header)), on_row_(std::move(on_row)), keep_raw_(keep_raw) {}

  Status Feed(ByteView bytes);
  Status Finish();
  bool header_seen() const { return column_count_ > 0 || unreadable_; }

 private:
  // kAfter: behind a quote that may be the end or the first half of "".
  enum class Quoted : uint8_t { kNo, kInside, kAfter };

  Status Take(char c);
  void EndField();
  Status EndRow();
  Status Header();
  Status Body();
  void Flaw(std::string_view why) {  // the first one counts; told for each byte of a row that never ends
    if (flaw_.empty()) flaw_ = why;
  }

  OnRow on_header_, on_row_;
  bool keep_raw_;
  char separator_ = '\0';
  bool unreadable_ = false;  // the header is: nothing tells what the rows mean
  size_t column_count_ = 0;
  std::vector<std::string> fields_;
  std::string field_, raw_, flaw_;
  Quoted quoted_ = Quoted::kNo;
  bool row_empty_ = true;
  size_t row_bytes_ = 0;
  uint64_t line_ = 1;
  uint64_t row_line_ = 1;
};

}  // namespace crossguard
