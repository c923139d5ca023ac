#include "simulate/words.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/time_text.h"

namespace crossguard::simulate {
namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// "+64 10 123 4567": groups as a person writes them, still a number with its calling code.
std::string Grouped(std::string_view e164) {
  std::string out(e164);
  for (size_t at = 3; at < out.size(); at += 4) out.insert(at, 1, ' ');
  return out;
}

}  // namespace

std::string UpperCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

PlannedSelector ScreenSelector(const std::string& service, const std::string& name, SeededRandom& random) {
  std::string written = random.Chance(0.1) ? "@" + name : random.Chance(0.1) ? UpperCase(name) : name;
  return {
      .type = "screen_name", .value = service + "/" + name, .written = std::move(written), .kind = {}, .verified = {}};
}

PlannedSelector MailSelector(const std::string& canonical, SeededRandom& random) {
  std::string written = canonical;
  if (random.Chance(0.12))
    written[0] = static_cast<char>(written[0] >= 'a' && written[0] <= 'z' ? written[0] - 32 : written[0]);
  if (random.Chance(0.05)) written = UpperCase(written);
  if (random.Chance(0.04)) written = " " + written + " ";
  return {.type = "email",
          .value = canonical,
          .written = std::move(written),
          .kind = random.Chance(0.4) ? "Recovery" : "Home",
          .verified = {}};
}

PlannedSelector PhoneSelector(const Country& country, uint64_t number, SeededRandom& random) {
  const std::string e164 = PhoneOf(country, number);
  std::string written = random.Chance(0.5) ? e164 : Grouped(e164);
  if (random.Chance(0.1)) written = "00" + e164.substr(1);
  return {.type = "phone",
          .value = e164,
          .written = std::move(written),
          .kind = random.Chance(0.7) ? "Mobile" : "Recovery",
          .verified = {}};
}

PlannedSelector DeviceSelector(const Device& device) {
  return {.type = "device_id",
          .value = device.canonical,
          .written = device.id_value,
          .kind = device.id_type,
          .verified = {}};
}

PlannedSelector UrlSelector(uint64_t number, SeededRandom& random) {
  const std::string path = "kauri.example/u/p" + std::to_string(number);
  std::string written =
      (random.Chance(0.2) ? "http://" : "https://") + std::string(random.Chance(0.3) ? "www." : "") + path;
  if (random.Chance(0.2)) written += "/";
  if (random.Chance(0.2)) written += "?utm_source=share";
  return {.type = "profile_url", .value = "https://" + path, .written = std::move(written), .kind = {}, .verified = {}};
}

PlannedSelector PaymentSelector(const std::string& iban) {
  std::string grouped;
  for (size_t i = 0; i < iban.size(); ++i) grouped += (i > 0 && i % 4 == 0 ? " " : "") + std::string(1, iban[i]);
  return {.type = "payment", .value = "iban:" + iban, .written = std::move(grouped), .kind = {}, .verified = {}};
}

std::string InWords(const PlannedSelector& selector, SeededRandom& random) {
  const std::string& raw = selector.written;
  if (selector.where == Where::kHidden) {
    if (selector.type == "email")
      return "Writes: mail me, " + Replaced(Replaced(selector.value, "@", " (at) "), ".example", " dot example") +
             ", you know how.";
    if (selector.type == "phone") {
      std::string spelled;
      static constexpr std::array<std::string_view, 10> kDigits{"zero", "one", "two",   "three", "four",
                                                                "five", "six", "seven", "eight", "nine"};
      for (const char c : selector.value) {
        if (c >= '0' && c <= '9')
          spelled += std::string(spelled.empty() ? "" : " ") + std::string(kDigits[static_cast<size_t>(c - '0')]);
      }
      return "Writes: call me, " + spelled + ".";
    }
    return "Writes: find my page, " + Replaced(Replaced(selector.value, "https://", ""), "/", " slash ") + ".";
  }
  if (selector.type == "email") {
    return random.Chance(0.5) ? "In chats the user asks others to write to " + raw + ", then the talk ends."
                              : "Recovery address on file (" + raw + "); not confirmed.";
  }
  if (selector.type == "phone") {
    // In the midst of words a bare 00 is a number like any other: the sentence says that it is a telephone.
    return random.Chance(0.5) ? "tel " + raw + " was given at registration."
                              : "The user wrote: my number is " + selector.value + " call after six.";
  }
  if (selector.type == "profile_url") return "Link in the profile: " + raw + " (checked by the desk).";
  if (selector.type == "payment") return "Paid for the account from IBAN " + raw + ".";
  return "Also seen: " + raw + ".";
}

std::string InWords(const PlannedIp& ip) {
  std::string text = "Login from " + ip.value;
  if (ip.port != 0) text += " port " + std::to_string(ip.port);
  return text + " at " + TimeText(ip.at_us, ip.zone, ip.offset_minutes) + ".";
}

std::string Notes(const PlannedAccount& account, SeededRandom& random) {
  std::string out;
  const auto say = [&](const std::string& sentence) { out += (out.empty() ? "" : " ") + sentence; };
  if (random.Chance(0.35))
    say(std::array<std::string, 4>{
        "Found by our content filter, version 4.12.0.3 of the rules.",
        "Account reviewed by the trust desk on 2021-05-04; no reply from the user.",
        "Uploads stopped after a warning; ticket 2021-88-1734.",
        "Seen in a room of 14 members; files named IMG_2034@2x.png and the like."}[random.Below(4)]);
  for (const PlannedSelector& selector : account.selectors) {
    if (selector.where != Where::kField) say(InWords(selector, random));
  }
  if (random.Chance(0.05)) say("Language set by the user differs from that of the messages.");
  return out;
}

std::string IncidentType(SeededRandom& random) {
  const double roll = random.Unit();
  if (roll < 0.86) return "Child Pornography (possession, manufacture, and distribution)";
  if (roll < 0.93) return "Online Enticement of Children for Sexual Acts";
  if (roll < 0.96) return "Child Sexual Molestation";
  if (roll < 0.98) return "Unsolicited Obscene Material Sent to a Child";
  return "Child Sex Trafficking";
}

void DressFile(PlannedFile& file, const PlannedReport& report, SeededRandom& random) {
  const auto tri = [&](double yes, double no) -> std::optional<bool> {
    const double roll = random.Unit();
    if (roll < yes) return true;
    return roll < yes + no ? std::optional(false) : std::nullopt;
  };
  std::string_view suffix = SuffixOf(file.content);
  if (file.content.damage == Damage::kMislabelled) suffix = suffix == ".jpg" ? ".png" : ".jpg";
  file.name =
      std::string(file.content.video ? "VID_" : "IMG_") + std::to_string(random.Below(10'000)) + std::string(suffix);
  if (random.Chance(0.3))
    file.original_name = "Foto " + std::to_string(random.Below(900)) + " (" + std::to_string(1 + random.Below(4)) +
                         ")" + std::string(suffix);
  file.uploaded_us = report.incident_us - static_cast<int64_t>(random.Below(20 * 86'400)) * 1'000'000;
  file.viewed = tri(0.5, 0.2);
  file.exif_viewed = tri(0.1, 0.3);
  file.publicly_available = tri(0.15, 0.35);
  file.relevance = random.Chance(0.75) ? "Reported" : random.Chance(0.5) ? "Supplemental Reported" : "";
  if (file.relevance == "Reported" && random.Chance(0.5))
    file.classification = std::array<std::string, 4>{"A1", "A2", "B1", "B2"}[random.Below(4)];
  const auto label = [&](double p, const char* name) {
    if (random.Chance(p)) file.annotations.emplace_back(name);
  };
  if (report.batched)
    file.annotations.emplace_back("potentialMeme");
  else {
    label(0.004, "liveStreaming");
    label(0.02, "infant");
    label(0.02, "violenceGore");
    label(0.01, "physicalHarm");
    label(0.04, "viral");
    label(0.03, "possibleSelfProduction");
    label(0.02, "generativeAi");
    label(0.02, "animeDrawingVirtualHentai");
  }
  file.claimed_wrong = random.Chance(0.012);
  file.claims_md5 = random.Chance(0.85);
  file.claims_sha1 = !file.claims_md5 || random.Chance(0.3);
  if (file.claimed_wrong) file.claims_md5 = true;
  file.missing = random.Chance(0.005);
  file.claimed_wrong = file.claimed_wrong && !file.missing;  // nothing is there to compare with
  if (random.Chance(0.04)) file.notes = "Uploaded together with others in one message.";
}

std::string TimeText(int64_t at_us, Zone zone, int offset_minutes) {
  std::string text = ToText(Instant{at_us + (zone == Zone::kUtc ? 0 : int64_t{offset_minutes} * 60 * 1'000'000)});
  if (zone == Zone::kUtc) return text;
  text.pop_back();  // the Z
  if (zone == Zone::kNone) return text;
  const int minutes = std::abs(offset_minutes);
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return text + (offset_minutes < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

}  // namespace crossguard::simulate
