#include "match/list_import.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "crypto/public_id.h"
#include "match/list_csv.h"
#include "match/list_vics.h"
#include "match/schemes.h"
#include "register/match_rows.h"

namespace crossguard::match {
namespace {

namespace rows = match_rows;

// Reads the file from its start and digests what it hands out.
class DigestingReader {
 public:
  explicit DigestingReader(ReadFile& file) : file_(file) {}
  Result<size_t> Read(std::span<uint8_t> out) {
    const size_t got = TRY(file_.ReadAt(offset_bytes_, out));
    offset_bytes_ += got;
    digest_.Update(out.first(got));
    return got;
  }
  Sha256 Finish() { return digest_.Finish(); }

 private:
  ReadFile& file_;
  uint64_t offset_bytes_ = 0;
  Sha256Stream digest_;
};

Result<Sha256> DigestOf(ReadFile& file) {
  DigestingReader reader(file);
  Bytes buffer(256 * 1024);
  while (TRY(reader.Read(buffer)) > 0) {
  }
  return reader.Finish();
}

enum class Form : uint8_t { kCsv, kVics };

// By content, never by name.
Result<Form> FormOf(ReadFile& file) {
  Bytes head(4'096);
  head.resize(TRY(file.ReadAt(0, head)));
  std::string_view text = AsText(head);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos)
    return Fail(Code::kInvalid, "The list is not UTF-8 text; give CSV or JSON in UTF-8.");
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return Fail(Code::kInvalid, "The list is empty; give CSV with a header or VICS-shaped JSON.");
  return text[first] == '{' || text[first] == '[' ? Form::kVics : Form::kCsv;
}

// Runs of digits compare as numbers, all else as text: "2.10" is newer than "2.9", "2024-03-01" newer than
// "2023-12-31".
int CompareVersions(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](std::string_view& text) {
    size_t n = 0;
    while (n < text.size() && digit(text[n])) ++n;
    std::string_view run = text.substr(0, n);
    text.remove_prefix(n);
    while (run.size() > 1 && run.front() == '0') run.remove_prefix(1);
    return run;
  };
  while (!a.empty() && !b.empty()) {
    if (digit(a[0]) && digit(b[0])) {
      const std::string_view x = number(a);
      const std::string_view y = number(b);
      if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
      if (const int order = x.compare(y); order != 0) return order;
    } else {
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]) ? -1 : 1;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

std::string StemOf(std::string_view name) {
  if (const size_t slash = name.find_last_of('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (const size_t dot = name.find_last_of('.'); dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  return std::string(name);
}

constexpr std::string_view kUnknownOwner = "unknown";

std::string First(const std::optional<std::string>& a, const std::optional<std::string>& b, std::string fallback) {
  if (a && !a->empty()) return *a;
  if (b && !b->empty()) return *b;
  return fallback;
}

// What the list is, from the caller, then the file, then what can be derived.
Status Name(rows::ListRow& list, const ListHeader& header, const ListFacts& facts) {
  list.name = First(facts.name, header.name, StemOf(list.source_name));
  list.owner = First(facts.owner, header.owner, std::string(kUnknownOwner));
  list.version = First(facts.version, header.version, header.newest_update);
  list.scheme = First(facts.scheme, header.scheme, "unclassified");
  list.scheme_country = First(facts.scheme_country, header.scheme_country, "");
  list.scheme_version = First(facts.scheme_version, header.scheme_version, "");
  list.environment = First(facts.environment, header.environment, "");
  list.pdq_definition = First(facts.pdq_definition, header.pdq_definition, "reference");
  if (list.pdq_definition != "reference" && list.pdq_definition != "full")
    return Fail(Code::kInvalid,
                "The list says a PDQ definition that is neither 'reference' nor 'full'; mend its first line or give "
                "--pdq-definition.");
  if (facts.kind) {
    list.kind = Text(*facts.kind);
  } else {
    const std::string said = header.kind.value_or("known");
    if (!FromText<ListKind>(said))
      return Fail(Code::kInvalid,
                  "The list says a kind that is neither 'known' nor 'benign'; mend its first line or give --kind.");
    list.kind = said;
  }
  for (const std::string* text : {&list.name, &list.owner, &list.version, &list.scheme, &list.scheme_country,
                                  &list.scheme_version, &list.environment}) {
    if (text->size() > 256 || !IsUtf8(*text))
      return Fail(Code::kInvalid,
                  "The list's name, owner, version or scheme is not a short UTF-8 text; give it as an option.");
  }
  return {};
}

// Puts older versions out of force, or this one if a newer is here. Without an owner two lists of one name are
// strangers.
Result<int> Settle(Database& db, rows::ListRow& list) {
  if (list.owner == kUnknownOwner) return 0;
  int superseded = 0;
  for (const rows::ListRow& other : TRY(rows::ListsNamed(db, list.name, list.owner))) {
    if (other.key == list.key) continue;
    if (other.kind != list.kind)
      return Fail(Code::kConflict, "A list of this name and owner is here with another kind (" + other.id.text() +
                                       "); give this one a name of its own.");
    const int order = CompareVersions(list.version, other.version);
    if (order == 0 && !list.version.empty()) {
      return Fail(Code::kConflict,
                  "The list " + other.id.text() +
                      " has the same name, owner and version with other content; give the new one a new version.");
    }
    if (order < 0) {
      list.state = "superseded";
    } else if (other.state == "current") {
      TRY(rows::SupersedeList(db, other.key));
      ++superseded;
    }
  }
  return superseded;
}

// A tombstone speaks for every row of its list with the same member and entry id, wherever it stands.
Status SpreadWithdrawals(Database& db, Key<HashList> list,
                         const std::map<std::pair<std::string, std::string>, Instant>& tombstones) {
  if (tombstones.empty()) return {};
  std::vector<std::pair<Key<HashListEntry>, Instant>> withdrawn;
  TRY(rows::EachLiveEntryName(db, list, [&](const rows::EntryRow& entry) -> Status {
    const auto found = tombstones.find({entry.member, entry.entry_id});
    if (found != tombstones.end()) withdrawn.emplace_back(entry.key, found->second);
    return {};
  }));
  for (const auto& [key, at] : withdrawn) TRY(rows::WithdrawEntry(db, key, at));
  return {};
}

ImportedList Summary(const rows::ListRow& list) {
  return {.key = list.key,
          .id = list.id,
          .name = list.name,
          .version = list.version,
          .owner = list.owner,
          .kind = FromText<ListKind>(list.kind).value_or(ListKind::kKnown),
          .scheme = list.scheme,
          .current = list.state == "current",
          .row_count = list.row_count,
          .taken_count = list.taken_count,
          .ignored_count = list.ignored_count,
          .quarantined_count = list.quarantined_count};
}

}  // namespace

Result<ImportedList> ImportList(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                const ListSource& source, const ListFacts& facts) {
  CHECK(permit.act() == Act::kImportList);
  Database& db = transaction.db();
  const Sha256 digest = TRY(DigestOf(source.file));
  if (const auto known = TRY(rows::FindListBySource(db, digest)); known) {
    ImportedList again = Summary(*known);
    again.already_imported = true;
    return again;
  }
  const Form form = TRY(FormOf(source.file));

  rows::ListRow list;
  list.id = ids.Make<HashList>(digest.hex());
  list.kind = "known";
  list.source_sha256 = digest;
  list.source_name = ToValidUtf8(source.name);
  list.imported_at = permit.at();
  list.state = "current";
  list.key = TRY(rows::InsertList(db, list));

  std::map<std::pair<std::string, std::string>, Instant> tombstones;
  const auto quarantine = [&](const std::string& place, const std::string& reason) {
    ++list.quarantined_count;
    return rows::InsertListQuarantine(db, list.key, place, reason);
  };
  const OnRawRow on_row = [&](RawRow&& raw) -> Status {
    if (++list.row_count > static_cast<int64_t>(kListRowsMax)) {
      return Fail(Code::kExhausted, "The list has more than " + std::to_string(kListRowsMax) +
                                        " rows; split it into lists of their own names.");
    }
    const std::string place = raw.place;
    JudgedRow judged = Judge(std::move(raw));
    if (const auto* refused = std::get_if<Refused>(&judged)) return quarantine(place, refused->reason);
    if (std::holds_alternative<Ignored>(judged)) {
      ++list.ignored_count;
      return {};
    }
    auto& entry = std::get<rows::EntryRow>(judged);
    entry.list = list.key;
    if (entry.withdrawn_at) tombstones.try_emplace({entry.member, entry.entry_id}, *entry.withdrawn_at);
    ++list.taken_count;
    return rows::InsertEntry(db, entry);
  };

  DigestingReader reader(source.file);
  const JsonSource bytes = [&](std::span<uint8_t> out) { return reader.Read(out); };
  ListHeader header;
  if (Status read = form == Form::kVics ? ReadVicsList(bytes, header, on_row) : ReadCsvList(bytes, header, on_row);
      !read) {
    return std::unexpected(read.error());
  }
  for (Bytes rest(4'096); TRY(reader.Read(rest)) > 0;) {
  }  // what a reader may leave: white space at the end
  if (reader.Finish() != digest)
    return Fail(Code::kConflict, "The list changed while it was read; import it again when it is still.");

  TRY(Name(list, header, facts));
  const int superseded = TRY(Settle(db, list));
  TRY(SpreadWithdrawals(db, list.key, tombstones));
  TRY(rows::UpdateList(db, list));
  CHECK(list.row_count == list.taken_count + list.ignored_count + list.quarantined_count);
  ImportedList imported = Summary(list);
  imported.superseded_lists = superseded;
  return imported;
}

}  // namespace crossguard::match
