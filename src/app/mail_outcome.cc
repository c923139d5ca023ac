#include "app/mail_outcome.h"

#include <algorithm>

#include "model/canonical.h"
#include "outcome/batch.h"
#include "register/outcome_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr size_t kVotesMax = 10'000;
constexpr size_t kFeedbackBodyMaxBytes = 1 << 20;

std::unexpected<Error> BadFeedback(const std::string& what) {
  return Fail(Code::kInvalid, "The feedback " + what + "; nothing of it was kept.");
}

Status CheckWord(const json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) return BadFeedback(std::string("needs a text '") + name + "'");
  const std::string& text = at->get_ref<const std::string&>();
  const bool clean =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (text.empty() || text.size() > outcome::kWordMaxBytes || !clean || !IsUtf8(text))
    return BadFeedback(std::string("has a '") + name + "' that is empty, too long or not one line of text");
  return {};
}

Status CheckFields(const json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end())
      return BadFeedback("has a field that this version does not know");
  }
  return {};
}

Status CheckVotes(const json& body) {
  const auto at = body.find("votes");
  if (at == body.end() || !at->is_array() || at->size() > kVotesMax)
    return BadFeedback("needs a list of at most 10000 'votes'");
  for (const json& vote : *at) {
    if (!vote.is_object()) return BadFeedback("has a vote that is no object");
    TRY(CheckFields(vote, {"entry_id", "up", "down"}));
    TRY(CheckWord(vote, "entry_id"));
    for (const char* name : {"up", "down"}) {
      const auto count = vote.find(name);
      const bool whole = count != vote.end() && count->is_number_integer();
      if (!whole || (count->is_number_unsigned() && count->get<uint64_t>() > uint64_t{outcome::kCountMax}) ||
          count->get<int64_t>() < 0 || count->get<int64_t>() > outcome::kCountMax)
        return BadFeedback("has a vote that is no count");
    }
  }
  return {};
}

// What may be given back: a number or a flat word per name, so that no free text about a person travels as "figures".
Status CheckFigures(const json& body) {
  const auto at = body.find("figures");
  if (at == body.end() || !at->is_object() || at->size() > kFiguresMax)
    return BadFeedback("needs an object of at most 100 'figures'");
  for (const auto& [name, value] : at->items()) {
    if (name.size() > outcome::kWordMaxBytes || !(value.is_number() || value.is_null()))
      return BadFeedback("has a figure that is no number");
  }
  return {};
}

}  // namespace

json TakeSummaryJson(const OutcomeBatch& batch, const outcome::TakeSummary& summary) {
  json held = json::array();
  for (const outcome::Taken& taken : summary.reports) {
    if (taken.state == OutcomeState::kHeld) held.push_back({{"id", taken.id}, {"ref", taken.ref}, {"why", taken.why}});
  }
  return {{"operation", batch.operation},
          {"authority", batch.authority},
          {"reports", batch.reports.size()},
          {"new", summary.new_count},
          {"repeated", summary.repeated_count},
          {"corrected", summary.corrected_count},
          {"withdrawn", summary.withdrawn_count},
          {"accounts_unknown", summary.unknown_account_count},
          {"held", held}};
}

Result<Handled> HandleOutcomeReport(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message) {
  OutcomeBatch batch = TRY(outcome::ReadBatch(message.body));
  const Authority* const sender = house.book().Find(message.from);
  if (sender == nullptr) return Fail(Code::kDenied, "The sender is not in this house's authority book.");
  const bool own = batch.authority == message.from;
  if (!own && !sender->country.empty())
    return Fail(Code::kDenied, "A national authority reports its own outcomes only, not those of another.");
  if (message.labels.owner != batch.authority)
    return Fail(Code::kDenied, "The labels of an outcome report must name the authority that reports as the owner.");
  for (OutcomeReport& report : batch.reports) {
    if (!report.channel.empty() && report.channel != message.from)
      return Fail(Code::kDenied, "A report names a channel that did not carry it.");
    report.channel = own ? "" : message.from;
  }
  const auto summary = TRY(outcome::TakeReports(transaction, permit, house.ids(), house.book(), batch,
                                                {.message = message.id, .labels = message.labels}));
  return Handled{.facts = TakeSummaryJson(batch, summary)};
}

Result<Handled> HandleFeedback(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message) {
  const json& body = message.body;
  if (house.book().Find(message.from) == nullptr)
    return Fail(Code::kDenied, "The sender is not in this house's authority book.");
  if (!body.is_object() || !body.contains("format") || !body["format"].is_string())
    return BadFeedback("is no object with a 'format'");
  if (body["format"] != kFeedbackFormat)
    return Fail(Code::kUnsupported, "This crossguard reads feedback of format crossguard-feedback/1 only.");
  TRY(CheckFields(body, {"format", "about", "name", "version", "votes", "figures"}));
  TRY(CheckWord(body, "about"));
  TRY(CheckWord(body, "name"));
  if (body.contains("version")) TRY(CheckWord(body, "version"));
  const std::string about = body["about"].get<std::string>();
  const bool votes = about == "list";
  if (!votes && about != "provider" && about != "triage")
    return BadFeedback("is about something that this version does not know");
  if (body.contains(votes ? "figures" : "votes"))
    return BadFeedback("has a field that does not belong to what it is about");
  TRY(votes ? CheckVotes(body) : CheckFigures(body));
  const std::string canonical = Canonical(body);
  if (canonical.size() > kFeedbackBodyMaxBytes) return Fail(Code::kExhausted, "Feedback holds at most 1 MiB.");
  TRY(outcome_rows::InsertFeedback(transaction, message.from, message.id, about, body["name"].get<std::string>(),
                                   canonical, permit.at()));
  return Handled{.facts = {{"about", about}, {"votes", votes ? body["votes"].size() : 0}}};
}

}  // namespace crossguard
