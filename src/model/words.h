// Closed vocabularies. Each has one text form, used in the register, in JSON and on screen; the glossary gives
// meanings.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace crossguard {

// A closed vocabulary is an enum whose values count from 0 and an array of its texts in that order.
template <class E>
struct Words;  // specialised below: static constexpr std::array<std::string_view, N> kTexts

template <class E>
constexpr std::string_view Text(E value) {
  return Words<E>::kTexts[static_cast<size_t>(value)];
}
template <class E>
constexpr std::optional<E> FromText(std::string_view text) {
  for (size_t i = 0; i < Words<E>::kTexts.size(); ++i) {
    if (Words<E>::kTexts[i] == text) return static_cast<E>(i);
  }
  return std::nullopt;
}

#define CROSSGUARD_WORDS(E, ...)                                                   \
  template <>                                                                      \
  struct Words<E> {                                                                \
    static constexpr auto kTexts = std::to_array<std::string_view>({__VA_ARGS__}); \
  }

// An identifier usable for matching. The normalising rule of each is docs/formats/selectors.md.
enum class SelectorType : uint8_t { kEmail, kPhone, kScreenName, kProfileUrl, kDeviceId, kIp, kPayment };
CROSSGUARD_WORDS(SelectorType, "email", "phone", "screen_name", "profile_url", "device_id", "ip", "payment");

// In which role a report names an account.
enum class AccountRole : uint8_t { kReported, kRecipient, kVictim, kAssociated };
CROSSGUARD_WORDS(AccountRole, "reported", "recipient", "victim", "associated");

// Where a selector was seen.
enum class SightingOrigin : uint8_t { kDeclared, kMined };
CROSSGUARD_WORDS(SightingOrigin, "declared", "mined");

// The one state in which each distinct content rests. All but kPending are final; every one of them stays evidence.
enum class MediaState : uint8_t {
  kPending,
  kExamined,
  kTruncated,
  kUndecodable,
  kUnsupportedKind,
  kEmpty,
  kCrashed,
  kTimedOut,
  kLimitExceeded
};
CROSSGUARD_WORDS(MediaState, "pending", "examined", "truncated", "undecodable", "unsupported_kind", "empty", "crashed",
                 "timed_out", "limit_exceeded");

// How a file met a list entry, strongest first.
enum class MatchMethod : uint8_t { kSha256, kSha1, kMd5, kPdq, kVpdq };  // vpdq: a frame of a video, by its PDQ
CROSSGUARD_WORDS(MatchMethod, "sha256", "sha1", "md5", "pdq", "vpdq");

enum class ListKind : uint8_t { kKnown, kBenign };
CROSSGUARD_WORDS(ListKind, "known", "benign");

// SIENA handling codes (domain: Council document 6243/18). They combine; all restrictions of all inputs hold.
enum class HandlingCode : uint8_t { kH0, kH1, kH2, kH3 };
CROSSGUARD_WORDS(HandlingCode, "H0", "H1", "H2", "H3");

enum class DataSubjectCategory : uint8_t {
  kSuspect,
  kConvicted,
  kPotentialFuture,
  kContactAssociate,
  kVictim,
  kWitness,
  kInformant,
  kUnresolved
};
CROSSGUARD_WORDS(DataSubjectCategory, "suspect", "convicted", "potential_future", "contact_associate", "victim",
                 "witness", "informant", "unresolved");

enum class LinkStrength : uint8_t { kStrong, kWeak };
CROSSGUARD_WORDS(LinkStrength, "strong", "weak");

enum class RiskBand : uint8_t {
  kVeryHigh,
  kHigh,
  kMedium,
  kLow
};  // due in 1, 7, 14, 30 days unless the rules say otherwise
CROSSGUARD_WORDS(RiskBand, "very_high", "high", "medium", "low");

enum class PackageKind : uint8_t { kReferral, kEvidence };
CROSSGUARD_WORDS(PackageKind, "referral", "evidence");

// kSealed waits for its officers; kReleased may leave; the next three are the authority's decision. kSuperseded: newer
// contents replaced it before it left; it holds no account.
enum class PackageState : uint8_t { kComposed, kSealed, kReleased, kAccepted, kRefused, kAlreadyKnown, kSuperseded };
CROSSGUARD_WORDS(PackageState, "composed", "sealed", "released", "accepted", "refused", "already_known", "superseded");

}  // namespace crossguard
