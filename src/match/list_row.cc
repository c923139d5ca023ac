#include "match/list_row.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"
#include "base/time_text.h"
#include "model/canonical.h"

namespace crossguard::match {
namespace {

// Digests of no bytes: they match every empty file in the world and say nothing.
constexpr std::string_view kEmptyMd5 = "d41d8cd98f00b204e9800998ecf8427e";
constexpr std::string_view kEmptySha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

void Trim(std::string& text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), blank));
}

// Empty text is no value; anything else must be a whole number from 0.
bool ReadCount(const std::string& text, int64_t& out) {
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= 0;
}

template <class Fixed>
bool ReadDigest(const std::string& text, std::optional<Fixed>& out) {
  if (text.empty()) return true;
  auto digest = Fixed::FromHexText(text);
  if (!digest) return false;
  out = *digest;
  return true;
}

std::string GradeOf(const match_rows::EntryRow& entry) {
  // UK CAID: trusted after three independent votes without dispute.
  if (entry.votes_against > 0) return "disputed";
  return entry.votes_for >= 3 ? "trusted" : "indicative";
}

}  // namespace

JudgedRow Judge(RawRow&& row) {
  if (!row.problem.empty()) return Refused{std::move(row.problem)};
  for (std::string* text :
       {&row.member, &row.entry_id, &row.md5, &row.sha1, &row.sha256, &row.pdq, &row.size_bytes, &row.code,
        &row.votes_for, &row.votes_against, &row.grade, &row.series, &row.withdrawn_at}) {
    if (text->size() > kListTextMaxBytes)
      return Refused{"A field is longer than " + std::to_string(kListTextMaxBytes) + " bytes."};
    if (!IsUtf8(*text) || text->find('\0') != std::string::npos) return Refused{"A field is not UTF-8 text."};
    Trim(*text);
  }
  match_rows::EntryRow entry;
  if (!ReadDigest(row.md5, entry.md5)) return Refused{"md5 is not 32 hexadecimal digits."};
  if (!ReadDigest(row.sha1, entry.sha1)) return Refused{"sha1 is not 40 hexadecimal digits."};
  if (!ReadDigest(row.sha256, entry.sha256)) return Refused{"sha256 is not 64 hexadecimal digits."};
  if (!ReadDigest(row.pdq, entry.pdq)) return Refused{"pdq is not 64 hexadecimal digits."};
  const int of_empty = (entry.md5 && entry.md5->hex() == kEmptyMd5) + (entry.sha1 && entry.sha1->hex() == kEmptySha1) +
                       (entry.sha256 && entry.sha256->hex() == kEmptySha256);
  const int exact = entry.md5.has_value() + entry.sha1.has_value() + entry.sha256.has_value();
  if (of_empty > 0 && (of_empty < exact || entry.pdq))
    return Refused{"One digest is of the empty file and another is not."};
  if (of_empty > 0 || (exact == 0 && !entry.pdq)) return Ignored{};

  int64_t size_bytes = 0;
  if (!ReadCount(row.size_bytes, size_bytes)) return Refused{"size_bytes is not a whole number."};
  if (!row.size_bytes.empty()) entry.size_bytes = size_bytes;
  if (!ReadCount(row.votes_for, entry.votes_for)) return Refused{"votes_for is not a whole number."};
  if (!ReadCount(row.votes_against, entry.votes_against)) return Refused{"votes_against is not a whole number."};
  if (!row.withdrawn_at.empty()) {
    // Not taken rather than taken as live: a withdrawal that cannot be read is still a withdrawal.
    const auto at = ReadTime(row.withdrawn_at);
    if (!at) return Refused{"withdrawn_at is not a time."};
    entry.withdrawn_at = at->instant;
  }
  entry.place = std::move(row.place);
  entry.member = std::move(row.member);
  entry.entry_id = row.entry_id.empty() ? entry.place : std::move(row.entry_id);
  entry.code = std::move(row.code);
  entry.series = std::move(row.series);

  nlohmann::json facts = nlohmann::json::object();
  static constexpr std::array<std::string_view, 3> kGrades{"indicative", "trusted", "disputed"};
  if (std::find(kGrades.begin(), kGrades.end(), row.grade) != kGrades.end()) {
    entry.grade = std::move(row.grade);
  } else {
    entry.grade = GradeOf(entry);
    if (!row.grade.empty()) facts["grade"] = row.grade;  // another house's word: kept as given
  }
  for (auto& [name, value] : row.facts) {
    if (!value.empty()) facts[ToValidUtf8(name)] = ToValidUtf8(value);
  }
  entry.facts = Canonical(facts);
  return entry;
}

}  // namespace crossguard::match
