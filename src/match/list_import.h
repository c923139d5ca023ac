// A hash list comes in with its provenance: who answers for it, in which scheme its codes are, and what became of each
// row.
//
// Two forms, told apart by content: CSV (our own header line, an ICSE-style `;` export, or any header that names a
// digest column) and VICS-shaped JSON (1.x and 2.0). docs/formats/operation.md describes both. Read as a stream: memory
// does not grow with the list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "custody/gate.h"
#include "env/files.h"
#include "model/ids.h"
#include "model/words.h"

namespace crossguard {

class IdMaker;

namespace match {

// Limits on a list, which is a stranger's file.
constexpr uint64_t kListRowsMax = 50'000'000;
constexpr size_t kListRowMaxBytes = 1 << 20;  // one CSV row; one JSON record may not hold more text than this
constexpr size_t kListTextMaxBytes = 4'096;   // one field; longer ones quarantine their row
constexpr size_t kListFactsMax = 32;          // fields kept beside the known ones

struct ListSource {
  ReadFile& file;    // read twice: once to know it (SHA-256), once to take it; kConflict if it changes between
  std::string name;  // file name, kept as provenance; its stem names the list if nothing else does
};

// What the caller knows better than the file. A set field wins over what the file says.
struct ListFacts {
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> owner;
  std::optional<ListKind> kind;       // a file that does not say is `known`
  std::optional<std::string> scheme;  // an id of schemes.h
  std::optional<std::string> scheme_country;
  std::optional<std::string> scheme_version;
  std::optional<std::string> environment;
  std::optional<std::string> pdq_definition;  // reference (if nobody says) | full: docs/decisions/pdq_definitions.md
};

struct ImportedList {
  Key<HashList> key;
  Id<HashList> id;
  std::string name;
  std::string version;
  std::string owner;  // "unknown" if neither file nor caller says
  ListKind kind = ListKind::kKnown;
  std::string scheme;             // "unclassified" if it could not be told
  bool already_imported = false;  // the same bytes were taken before: nothing changed
  bool current = true;            // false: a newer version of the same name and owner is already here
  int superseded_lists = 0;       // older versions that this one put out of force
  int64_t row_count = 0;          // = taken + ignored + quarantined, always
  int64_t taken_count = 0;
  int64_t ignored_count = 0;      // digests of the empty file; rows without a digest
  int64_t quarantined_count = 0;  // each in list_quarantine with place and reason
};

// permit: Act::kImportList. One transaction; on an error nothing of the list may be committed (the caller rolls back).
// kInvalid: not a list, or broken as a whole (a list that breaks off is refused whole: half a list would silently stop
// matching the other half). kConflict: same name, owner and version with other content; or the file changed while read.
// kExhausted: over a limit above.
Result<ImportedList> ImportList(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                const ListSource& source, const ListFacts& facts = {});

}  // namespace match
}  // namespace crossguard
