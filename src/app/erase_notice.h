// Erasure between nodes: what a recipient is told, and what it answers. A notice names nothing: each value is a mark,
// HMAC-SHA-256 under the notice's own salt, which only who holds the value can recognise. Format and limits:
// docs/formats/messages/retention.md.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time_text.h"

namespace crossguard {

constexpr size_t kMarksMax = 10'000;
constexpr size_t kNoticeIdsMax = 1'000;  // packages, and messages

struct ErasureNotice {
  std::string erasure;  // the sender's "era-..."
  std::string owner;    // authority whose datum it is
  std::string why;      // cleared | mistake | order | review_date | owner_erased
  FixedBytes<32> salt;
  std::set<Sha256> marks;
  std::vector<std::string> packages;  // of the sender, that carried it
  std::vector<std::string> messages;
  Instant due_at;
};
nlohmann::json NoticeBody(const ErasureNotice& notice);
// Strict: kInvalid for an unknown field or word, kUnsupported for another version, kExhausted beyond a limit.
Result<ErasureNotice> ReadNotice(const nlohmann::json& body);

// type: a selector type, "account" (value: service, a line end, the provider's identifier), or a digest's name.
Sha256 MarkFor(const FixedBytes<32>& salt, std::string_view type, std::string_view value);

struct ErasureReceipt {
  std::string erasure;  // as the notice named it
  std::string state;    // done | partly | refused
  std::string reason;   // of partly and refused: one sentence without a person's data
  int64_t erased_count = 0;
  int64_t waiting_count = 0;  // further recipients that have not proved it yet
};
nlohmann::json ReceiptBody(const ErasureReceipt& receipt);
Result<ErasureReceipt> ReadReceipt(const nlohmann::json& body);

bool IsWhy(std::string_view word);

}  // namespace crossguard
