// Blinded questions of hit or no hit, as rows: what may be told to whom, tags, questions and answers. The SQL of
// app/blind_desk and app/mail_blind.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "register/sql.h"

namespace crossguard::blind_rows {

// --- The holder -----------------------------------------------------------------------------------------------------

struct TellableRow {
  std::string_view type, value;
  std::string_view owner, contact;  // empty: this house's own
};
// Everything of which an open question of `asker` would be told a hit (request_rows EachHeld, EachOwnerMet, and the
// digests of files of accounts in the index): by type and value, this house's own first, then by owner. Views are valid
// inside the callback.
Status EachTellable(Database& db, std::string_view self, std::string_view asker,
                    const std::function<Status(const TellableRow&)>& on_row);

struct EpochRow {
  std::string authority;
  int64_t epoch = 0;
  FixedBytes<32> public_key;
  Sha256 content_mac;
  Instant made_at;
  int64_t entry_count = 0;
};
Status PutEpoch(Transaction& transaction, const EpochRow& row);  // replaces
Result<std::optional<EpochRow>> FindEpoch(Database& db, std::string_view authority, int64_t epoch);

struct BlindedRow {
  std::string authority, message_id;
  int64_t epoch = 0;
  Sha256 case_commitment;
  std::string legal_basis, officer;
  Bytes elements;
  Sha256 elements_sha256;
  Instant received_at;
};
// kConflict: the authority asked with these very elements before.
Status InsertBlinded(Transaction& transaction, const BlindedRow& row);
Result<std::optional<BlindedRow>> FindBlinded(Database& db, std::string_view authority, std::string_view message_id);
// As request_rows::CountAsked, for several at once, of which nobody here knows whether they hit.
Status CountBlindAsked(Transaction& transaction, std::string_view authority, std::string_view day, int64_t count);

// --- The asker ------------------------------------------------------------------------------------------------------

struct TagPartRow {
  std::string authority;
  int64_t epoch = 0;
  Instant made_at;
  int64_t part = 0, part_count = 1;
  FixedBytes<32> public_key;
  std::string cards = "[]";
  Bytes first_tag, entries;
};
Status InsertTagPart(Transaction& transaction, const TagPartRow& row);  // the same twice changes nothing
// Without entries: the newest set of that authority of which all parts are here; of one epoch, or (nullopt) of any.
Result<std::optional<TagPartRow>> NewestTags(Database& db, std::string_view authority, std::optional<int64_t> epoch);
// The key that a set of the epoch, whole or not, named first.
Result<std::optional<FixedBytes<32>>> KeyOfEpoch(Database& db, std::string_view authority, int64_t epoch);
// The entries of the part of that set in which the tag lies if it is there; empty: before the first.
Result<Bytes> EntriesAround(Database& db, const TagPartRow& set, ByteView tag);
// Removes sets of the authority that are older than this whole one.
Status RemoveOlderTags(Transaction& transaction, const TagPartRow& whole);

struct AskRow {
  std::string authority, message_id;
  int64_t epoch = 0;
  FixedBytes<32> public_key;
  std::string case_text;
  FixedBytes<32> case_nonce;
  std::string legal_basis;
  Instant asked_at;
  std::optional<Instant> answered_at;
};
struct ItemRow {
  int64_t place = 0;
  std::string type, value;
  Bytes blind;
  FixedBytes<32> element;
  std::string answers = "[]";
};
Status InsertAsk(Transaction& transaction, const AskRow& row);
Status InsertItem(Transaction& transaction, const AskRow& ask, const ItemRow& row);
Result<std::optional<AskRow>> FindAsk(Database& db, std::string_view authority, std::string_view message_id);
Status EachAsk(Database& db, const std::function<Status(const AskRow&)>& on_row);                       // newest first
Status EachItem(Database& db, const AskRow& ask, const std::function<Status(const ItemRow&)>& on_row);  // by place
Status MarkItem(Transaction& transaction, const AskRow& ask, const ItemRow& row);                       // answers
Status MarkAnswered(Transaction& transaction, const AskRow& ask, Instant at);

}  // namespace crossguard::blind_rows
