// What arriving blinded questions, their answers and published tags do: the blinded forms of hit_query, hit_answer and
// contribution. Bodies: docs/formats/messages/blinded_hits.md.
#pragma once

#include "app/mail_room.h"
#include "crosscheck/blind_tags.h"
#include "register/blind_rows.h"

namespace crossguard {

constexpr size_t kBlindElementsMax = 1'000;  // of one question; each counts as one of the quota
constexpr size_t kTagsPerPart = 65'536;      // 2 MiB of entries
constexpr size_t kTagPartsMax = crosscheck::kTagsMax / kTagsPerPart;
constexpr std::string_view kHitTagsFormat = "crossguard-hit-tags/1";

bool IsBlindQuery(const nlohmann::json& body);
bool IsBlindAnswer(const nlohmann::json& body);
bool IsHitTags(const nlohmann::json& body);

Result<Handled> HandleHitTags(House& house, Transaction& transaction, const Permit& permit,
                              const ReceivedMessage& message);
// Written down before it is answered. kInvalid: too many elements, one of them twice, or none of the group; kConflict:
// these were asked before; kNotFound: no tags of that epoch; kDenied: no gateway; kExhausted: beyond the day's quota.
Result<Handled> HandleBlindQuery(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message);
// kDenied: the proof does not hold, so nothing of the answer is believed and the question stays unanswered.
Result<Handled> HandleBlindAnswer(House& house, Transaction& transaction, const Permit& permit,
                                  const ReceivedMessage& message);

// The readers, strict and bounded: a stranger's body becomes a row or one sentence.
Result<blind_rows::TagPartRow> ReadTagPart(const ReceivedMessage& message);
Result<blind_rows::BlindedRow> ReadBlinded(const ReceivedMessage& message);
struct BlindAnswer {
  int64_t epoch = 0;
  Evaluation evaluation;
};
Result<BlindAnswer> ReadBlindAnswer(const nlohmann::json& body);

// Elements one after the other, as they travel and are kept.
Bytes JoinElements(std::span<const GroupElement> elements);
Result<std::vector<GroupElement>> SplitElements(ByteView bytes);
nlohmann::json HitsJson(const std::vector<crosscheck::HitNoHit>& hits);

}  // namespace crossguard
