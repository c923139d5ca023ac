// What nodes say to each other: the kinds of message, and a message as it leaves and as it arrived. How it is signed,
// sealed and carried: exchange/. What it does: app/mail_room.h.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time_text.h"
#include "model/labels.h"
#include "model/words.h"

namespace crossguard {

enum class MessageKind : uint8_t {
  kContribution,     // selectors and digests to be compared, with their labels
  kReferralPackage,  // stage 1; the sealed package is attached
  kEvidencePackage,  // stage 2; the same
  kPackageAnswer,    // accept | refuse | already_known | ask, with the authority's own case number
  kReleaseRequest,   // after a hit: may I see what you hold?
  kReleaseDecision,
  kInformationRequest,  // with urgency and due time
  kInformationAnswer,
  kHitQuery,  // hit or no hit, and nothing else
  kHitAnswer,
  kDeconflictionNotice,  // two hold the same: release pauses, the contacts learn of each other
  kDeconflictionSettled,
  kLeadAssignment,  // who leads a subject or group
  kTask,            // who does what until when
  kTaskReport,
  kCorrection,     // what was said was wrong; history stays
  kRecall,         // a package or datum is taken back
  kErasureNotice,  // erase, and prove it
  kErasureReceipt,
  kOutcomeReport,  // typed, dated, coarse
  kFeedback,       // to providers, lists, triage
  kCheckpoint,     // the head of a ledger, to be cosigned
  kCheckpointCosigned,
  kAccessNotice,    // to the owner: two officers broke the glass before what is labelled as its own
  kCarriage,        // another's sealed parcel, carried by an organisation between the two
  kCarriageReceipt  // what became of it, on its way back
};
CROSSGUARD_WORDS(MessageKind, "contribution", "referral_package", "evidence_package", "package_answer",
                 "release_request", "release_decision", "information_request", "information_answer", "hit_query",
                 "hit_answer", "deconfliction_notice", "deconfliction_settled", "lead_assignment", "task",
                 "task_report", "correction", "recall", "erasure_notice", "erasure_receipt", "outcome_report",
                 "feedback", "checkpoint", "checkpoint_cosigned", "access_notice", "carriage", "carriage_receipt");

// normal: 7 days; urgent: 3 days; urgent_direct: 8 hours (Dir. (EU) 2023/977 art. 5)
enum class Urgency : uint8_t { kNormal, kUrgent, kUrgentDirect };
CROSSGUARD_WORDS(Urgency, "normal", "urgent", "urgent_direct");

struct OutgoingMessage {
  std::string to;  // authority id
  MessageKind kind;
  nlohmann::json body;          // an object; its form is docs/formats/messages.md
  std::string idempotency_key;  // the same key to the same authority and kind twice is one message
  std::string in_reply_to;      // message id, or ""
  Labels labels;
  Urgency urgency = Urgency::kNormal;
  std::optional<Instant> due_at;  // when an answer is expected; overdue ones are chased
  std::string attachment;         // folder below the data directory that goes with it (a sealed package), or ""
};

struct ReceivedMessage {
  std::string id;    // "msg-...", the sender's
  std::string from;  // authority id, proven by signature
  MessageKind kind;
  nlohmann::json body;
  std::string in_reply_to;
  Labels labels;
  Urgency urgency = Urgency::kNormal;
  std::optional<Instant> due_at;
  Instant created;
  Instant received;
  std::string attachment;  // folder below the data directory, or ""
};

}  // namespace crossguard
