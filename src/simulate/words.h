// How a provider writes what is planned: the many spellings of one identifier, free text around those that have no
// field, names of files, kinds of incident.
#pragma once

#include <string>
#include <string_view>

#include "env/random.h"
#include "simulate/plan.h"

namespace crossguard::simulate {

std::string UpperCase(std::string_view text);  // ASCII

// Each with its canonical value and one of its spellings. `where` is kField until the planner says otherwise.
PlannedSelector ScreenSelector(const std::string& service, const std::string& name, SeededRandom& random);
PlannedSelector MailSelector(const std::string& canonical, SeededRandom& random);
PlannedSelector PhoneSelector(const Country& country, uint64_t number, SeededRandom& random);
PlannedSelector DeviceSelector(const Device& device);
PlannedSelector UrlSelector(uint64_t number, SeededRandom& random);
PlannedSelector PaymentSelector(const std::string& iban);

// The sentence in which a selector stands in free text; hidden: as people write it who do not want to be found.
std::string InWords(const PlannedSelector& selector, SeededRandom& random);
std::string InWords(const PlannedIp& ip);
// The provider's words about an account: all that has no field, among words that name nobody.
std::string Notes(const PlannedAccount& account, SeededRandom& random);

std::string IncidentType(SeededRandom& random);
// Name, times, flags and labels of a planned file.
void DressFile(PlannedFile& file, const PlannedReport& report, SeededRandom& random);

// "2021-03-04T05:06:07Z", "...+13:00", or without a zone.
std::string TimeText(int64_t at_us, Zone zone, int offset_minutes);

}  // namespace crossguard::simulate
