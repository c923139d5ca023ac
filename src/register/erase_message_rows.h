// What messages between nodes leave in the register of a value that is erased: questions of both sides with their
// answers, and what an arriving message wrote. The SQL of app/erase, beside erase_rows.h. Rows, digests and receipts
// stay: that something was asked, when and of whom is no secret of the person.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "register/erase_rows.h"

namespace crossguard::erase_rows {

using Values = std::set<std::pair<std::string, std::string>>;  // type, value

// Does any question of either side name it?
Result<bool> IsAsked(Database& db, std::string_view type, std::string_view value);
// Does a provider's report or a holding still show it?
Result<bool> IsHeld(Database& db, std::string_view type, std::string_view value);
// Values of questions become empty, whatever their length: open and blinded ones, selectors of requests, releases with
// what was granted. The blind of a blinded one goes too, so that its element says nothing to who guesses. Returns how
// many.
Result<int64_t> BlankAsked(Transaction& transaction, const Values& values);

// --- What another node sent, and now has erased ----------------------------------------------------------------------

using OnSelector = std::function<Status(std::string_view type, std::string_view value)>;
// What the message named as selectors.
Status EachReceivedSelector(Database& db, std::string_view sender, std::string_view message_id, const OnSelector& on);
// What it said in free text. A row that bears no message's id is known by its sender and the time that it came.
Status EachReceivedText(Database& db, std::string_view sender, std::string_view message_id, const OnText& on_text);
Result<int64_t> BlankReceivedTexts(Transaction& transaction, std::string_view sender, std::string_view message_id);
// A message that has not come yet must not bring back what is erased: its id is taken, as 'erased'. False: it has come.
Result<bool> ShutOut(Transaction& transaction, std::string_view sender, std::string_view message_id, Instant at);

struct ReceivedPackage {
  std::string folder;       // below the data directory
  std::string decision;     // what this house answered; "" or "ask": nothing that binds it
  std::string case_number;  // of an acceptance
};
// nullopt: it did not come, or is erased already.
Result<std::optional<ReceivedPackage>> FindReceived(Database& db, std::string_view sender, std::string_view package);
// The row stays, as erased; what this house knew only from it goes.
Status MarkReceivedErased(Transaction& transaction, std::string_view sender, std::string_view package, Instant at);

// --- What makes the sweep whole -------------------------------------------------------------------------------------

// Columns whose texts MaskTexts changes. What it does not reach is deleted as such, or holds nothing of a person: the
// test erase_columns_test.cc wants a reason for each.
Result<std::set<std::pair<std::string, std::string>>> SweptColumns(Database& db);

}  // namespace crossguard::erase_rows
