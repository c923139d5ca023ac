// Rows of distinct contents and what examination found in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time_text.h"
#include "model/ids.h"
#include "model/words.h"
#include "register/sql.h"

namespace crossguard {

struct PendingMedia {
  Key<Media> key;
  Sha256 sha256;
  uint64_t size_bytes = 0;
  uint32_t depth = 0;  // the least nesting at which it occurs: 0 = a file of a submission
};
// The next ones by key, above `after`.
Result<std::vector<PendingMedia>> PendingMediaAfter(Database& database, Key<Media> after, int64_t limit);

struct PendingTotals {
  int64_t count = 0;
  uint64_t byte_count = 0;
};
Result<PendingTotals> CountPendingMedia(Database& database);

struct MediaFacts {
  MediaState state = MediaState::kPending;
  std::string_view reason;
  std::string_view kind;
  std::optional<int64_t> width, height, frames;
  std::optional<Pdq> pdq;
  std::optional<int64_t> pdq_quality;
  std::optional<Pdq> pdq_full;  // by the other definition, where it was computed (docs/decisions/pdq_definitions.md)
  std::optional<int64_t> pdq_full_quality;
  std::string exif_json = "{}";
  std::string members_json = "[]";  // of an archive: what became of each member
  std::string facts_json = "{}";    // of a video, of a stand-in: what has no column
};
struct MediaFrame {
  int64_t number = 0;
  int64_t at_millis = 0;
  int64_t quality = 0;
  Pdq pdq;
};
// Frames of a content that is still pending; before its facts.
Status AddMediaFrame(Transaction& transaction, Key<Media> key, const MediaFrame& frame);
Status StoreMediaFacts(Transaction& transaction, Key<Media> key, const MediaFacts& facts, Instant at);

// The submitted files that a content lies in, and how much was unpacked from one of them so far.
Result<std::vector<Key<ExhibitItem>>> ItemsOf(Database& database, Key<Media> media);
Result<uint64_t> UnpackedBytesOf(Database& database, Key<ExhibitItem> item);

struct NewMedia {
  Md5 md5;
  Sha1 sha1;
  Sha256 sha256;
  uint64_t size_bytes = 0;
};
struct EnsuredMedia {
  Key<Media> key;
  bool is_new = false;
};
// The row of this content, made pending if it is new. The id's natural key is the SHA-256 in hex.
Result<EnsuredMedia> EnsureMedia(Transaction& transaction, const Id<Media>& id, const NewMedia& media);
// A member found in an archive: wherever the archive lies, the member lies too, one level deeper.
Status AddMemberCopies(Transaction& transaction, Key<Media> archive, Key<Media> member, std::string_view member_path);

}  // namespace crossguard
