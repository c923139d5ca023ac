// Cutting records out of a provider's document, byte for byte: CSV rows, XML elements, JSON objects. A record is found
// by the account identifier that stands in it, not by a line number: a cut that went wrong must come out empty, never
// as another person's record. Format: docs/formats/package.md, "Minimisation".
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/stream.h"
#include "model/csv_table.h"

namespace crossguard {

struct Cut {
  uint64_t offset = 0;  // in the document
  uint64_t size_bytes = 0;
  uint64_t line = 1;  // where it begins, from 1
};

constexpr uint64_t kCutDocumentMaxBytes = 256 * 1024 * 1024;  // XML and JSON documents that are cut in memory

// Elements personOrUserReported and intendedRecipient whose own espIdentifier is one of `wanted` and that hold no
// associatedAccount. The document need not be well-formed as a whole; what is not understood is not cut.
std::vector<Cut> CutXml(std::string_view document, const std::set<std::string>& wanted);

// Objects with a member espUserId that is one of `wanted`, if nobody else is spoken of inside: no object with another
// espUserId, no associatedAccounts, no victims, at any depth. Nothing if the document is not a sequence of JSON values.
std::vector<Cut> CutJson(std::string_view document, const std::set<std::string>& wanted);

// The header and the rows whose user_id is one of `wanted` and whose role, if there is one, is not victim; written as
// they stand. Reads a table exactly as intake does (docs/formats/dialects.md): what intake took for one row is one row
// here, and a row that intake refused is never cut. Streams: feed the document in pieces, then Finish.
class CsvCutter {
 public:
  CsvCutter(const std::set<std::string>& wanted, Sink out);
  CsvCutter(const CsvCutter&) = delete;  // the table calls back
  CsvCutter& operator=(const CsvCutter&) = delete;
  Status Feed(ByteView bytes) { return table_.Feed(bytes); }
  Status Finish() { return table_.Finish(); }
  const std::vector<uint64_t>& lines() const { return lines_; }  // where each written row began
  bool understood() const { return user_column_ >= 0; }

 private:
  Status Header(const CsvTable::Row& row);
  Status Row(const CsvTable::Row& row);

  const std::set<std::string>& wanted_;
  Sink out_;
  CsvTable table_;
  int user_column_ = -1;
  int role_column_ = -1;
  std::vector<uint64_t> lines_;
};

}  // namespace crossguard
