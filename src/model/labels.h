// Labels: whose a datum is and what may be done with it. Every datum that has an owner carries them; they travel inside
// signed messages. What comes from several parents takes the most restrictive join. Only the originator widens.
// Sources: SIENA handling codes (Council document 6243/18), 4x4 (Europol Regulation art. 29), purposes (art. 18, 19).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time_text.h"
#include "model/words.h"

namespace crossguard {

struct Labels {
  std::string owner;                     // authority id; after a join of two owners' data: ""
  std::vector<std::string> originators;  // sorted; whose consent a widening needs: all of them
  std::vector<std::string> purposes;     // sorted, of kPurposes; empty: for nothing
  std::vector<HandlingCode> handling;    // sorted, distinct
  std::string handling_text;             // of H3: what must be read
  std::string grade = "X4";              // 4x4: source A B C X, information 1 2 3 4
  DataSubjectCategory category = DataSubjectCategory::kUnresolved;
  std::optional<std::vector<std::string>> release_to;  // authority ids, sorted; absent: nobody but the owner is named,
                                                       // and a gateway decides; present and empty: nobody
  std::string compartment;                             // case or operation id that one must be a member of; "" none
  std::optional<Instant> review_at;                    // look at it again, or erase it
  bool operator==(const Labels&) const = default;
};

// cross_check | strategic_analysis | operational_analysis | facilitate_exchange
bool IsPurpose(std::string_view text);
// A bit for each purpose, in that order; 0 for a word that is none.
uint32_t PurposeBit(std::string_view text);

// Each compartment of "a+b": one must be a member of all of them.
std::vector<std::string> Compartments(const Labels& labels);
// Whose consent a widening, a dissemination under H2 or a use in court under H1 needs: the originators, else the owner.
// Empty: there is nobody who could consent.
std::vector<std::string> Consenters(const Labels& labels);
// What a house's own operation bears until somebody says more: its own, X4, H0 and H2, for who works on the operation.
Labels OperationLabels(std::string_view house, std::string_view operation_id);

// The most restrictive of two: purposes and release-to sets intersect, handling codes unite, the worse grade of each
// half, the more protected category, the earlier review. Two compartments that differ: both are kept, joined by '+'.
// Commutative, associative, idempotent (a property test holds it to that).
Labels Join(const Labels& a, const Labels& b);
// True if `to` allows something that `from` does not.
bool Widens(const Labels& from, const Labels& to);

// Canonical JSON, and back. Strict: an unknown field, word or code is kInvalid, never a default.
nlohmann::json LabelsJson(const Labels& labels);
Result<Labels> ParseLabels(const nlohmann::json& json);

}  // namespace crossguard
