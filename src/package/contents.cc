#include "package/contents.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/json.h"
#include "crypto/public_id.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string Cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n;") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string Joined(const json& account, std::string_view type) {
  std::string out;
  for (const json& selector : account.at("selectors")) {
    if (selector.at("type") != type) continue;
    if (!out.empty()) out += '|';
    out += selector.at("value").get_ref<const std::string&>();
    const json& sightings = selector.at("sightings");  // whose it is that only a text names, nobody has said
    if (std::ranges::all_of(sightings, [](const json& one) { return one.at("origin") == "mined"; }))
      out += " (found in text)";
  }
  return out;
}

// Each use of an address with its time and port: an address without them does not lead to a person behind a shared one.
std::string IpUses(const json& account) {
  std::string out;
  for (const json& selector : account.at("selectors")) {
    if (selector.at("type") != "ip") continue;
    for (const json& sighting : selector.at("sightings")) {
      if (!out.empty()) out += '|';
      out += selector.at("value").get<std::string>();
      if (sighting.contains("port")) out += " port " + std::to_string(sighting.at("port").get<int64_t>());
      if (sighting.contains("at"))
        out += (sighting.at("zone_known").get<bool>() ? " at " : " at (time zone not stated) ") +
               sighting.at("at").get<std::string>();
    }
  }
  return out;
}

int64_t Points(const json& account, const char* axis) {
  const json& scores = account.at("scores");
  return scores.contains(axis) ? scores.at(axis).at("points").get<int64_t>() : 0;
}

bool IsLive(const json& hit) {
  return hit.at("state") == "live";
}
int64_t KnownFiles(const json& account) {
  return std::count_if(account.at("media").begin(), account.at("media").end(), [](const json& media) {
    return std::any_of(media.at("hits").begin(), media.at("hits").end(), IsLive);
  });
}

}  // namespace

std::string CsvHeader() {
  return "account_id,service,identifier,screen_names,emails,phones,profile_urls,device_ids,ip_uses,payments,country,"
         "confidence,rescue_priority,actionability,"
         "band,lane,reports,files,known_files,partner_hits,minor\r\n";
}

std::string CsvRow(const json& account) {
  std::string reports;
  for (const json& mention : account.at("mentions")) {
    if (!reports.empty()) reports += '|';
    reports += mention.at("provider").get<std::string>() + " " + mention.at("provider_report_id").get<std::string>();
  }
  const bool triaged = account.contains("triage");
  const bool placed = account.contains("jurisdiction");
  const std::string cells[] = {account.at("id"),
                               account.at("service"),
                               account.at("esp_identifier"),
                               Joined(account, "screen_name"),
                               Joined(account, "email"),
                               Joined(account, "phone"),
                               Joined(account, "profile_url"),
                               Joined(account, "device_id"),
                               IpUses(account),
                               Joined(account, "payment"),
                               placed ? account.at("jurisdiction").at("country").get<std::string>() : "",
                               placed ? std::to_string(account.at("jurisdiction").at("confidence").get<int64_t>()) : "",
                               std::to_string(Points(account, "rescue_priority")),
                               std::to_string(Points(account, "actionability")),
                               triaged ? account.at("triage").at("band").get<std::string>() : "",
                               triaged ? account.at("triage").at("lane").get<std::string>() : "",
                               reports,
                               std::to_string(account.at("files").size()),
                               std::to_string(KnownFiles(account)),
                               std::to_string(account.at("partner_hits").size()),
                               account.at("minor")};
  std::string out;
  for (const std::string& cell : cells) out += (out.empty() ? "" : ",") + Cell(ToValidUtf8(cell));
  return out + "\r\n";
}

std::string VicsHead() {
  return "{\"@odata.context\":\"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/"
         "$metadata#Media\",\"value\":[";
}

std::string MediaFileName(const package_rows::MediaRow& media) {
  constexpr std::pair<std::string_view, std::string_view> kExtensions[] = {
      {"image/jpeg", ".jpg"},  {"image/png", ".png"}, {"image/gif", ".gif"},
      {"image/webp", ".webp"}, {"video/mp4", ".mp4"}, {"application/zip", ".zip"}};
  const auto* found = std::find_if(std::begin(kExtensions), std::end(kExtensions),
                                   [&](const auto& one) { return one.first == media.kind; });
  return media.id + std::string(found == std::end(kExtensions) ? ".bin" : found->second);
}

json VicsMedia(const Gathered::MediaFile& media, int64_t number, bool with_file) {
  json hits = ParseJson(media.hits_json);
  std::string comments;
  std::string series;
  for (const json& hit : hits) {
    if (!IsLive(hit)) continue;
    if (!comments.empty()) comments += "; ";
    comments += hit.at("owner").get<std::string>() + " " + hit.at("list").get<std::string>() + " " +
                hit.at("version").get<std::string>() + ": " + hit.at("scheme").get<std::string>() + " " +
                hit.at("code").get<std::string>() + " by " + hit.at("method").get<std::string>();
    if (series.empty()) series = hit.at("series").get<std::string>();
  }
  json out = {{"MediaID", number},
              {"Category", nullptr},
              {"MD5", media.row.md5.hex()},
              {"SHA1", media.row.sha1.hex()},
              {"MediaSize", media.row.size_bytes},
              {"MimeType", media.row.kind},
              {"Series", series},
              {"Comments", comments},
              {"crossguardMediaId", media.row.id},
              {"MediaFiles", json::array({{{"MD5", media.row.md5.hex()}, {"FileName", media.file_name}}})}};
  if (with_file) out["RelativeFilePath"] = "files\\" + MediaFileName(media.row);
  if (media.row.pdq)
    out["AlternativeHashes"] = json::array({{{"HashName", "PDQ"}, {"HashValue", media.row.pdq->hex()}}});
  return out;
}

json HandlingFacts(const CaseFrame& frame, const Gateway& gateway, const Handling& handling) {
  constexpr int64_t kReviewDays =
      3 * 365;  // Regulation (EU) 2016/794, art. 31: review at latest three years after the start
  return {{"format", "crossguard-handling/1"},
          {"owner", frame.sender->id},
          {"release_to", json::array({frame.recipient->id})},
          {"handling_codes", handling.codes},
          {"evaluation_4x4", handling.grade},
          {"evaluation_note",
           "X4: neither the provider as a source nor what it reports has been assessed; a receiver may not change a "
           "grade without the owner."},
          {"purposes", gateway.purposes},
          {"gateway",
           {{"id", gateway.id},
            {"valid_from", DateText(gateway.valid_from)},  // with the id: the version that was decided by
            {"legal_reference", gateway.legal_reference},
            {"conditions", gateway.conditions},
            {"via", gateway.via}}},
          {"further_dissemination", "none without the owner's permission"},
          {"retention_review", DateText({handling.as_of.micros + kReviewDays * kMicrosPerDay})},
          {"data_subjects",
           "Accounts, not persons: who used an account is not established. Categories are given per account."},
          {"accounts_left_out", handling.left_out},
          {"follows", handling.follows.empty() ? json(nullptr) : json(handling.follows)},
          {"media", frame.kind == "evidence" ? "files included; opened by nobody while composing" : "digests only"}};
}

namespace {

struct Character {
  char32_t code = 0;
  size_t size_bytes = 1;
};
// Of well-formed UTF-8.
Character CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t size_bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t code = first & (0x7FU >> size_bytes);
  for (size_t i = 1; i < size_bytes; ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  return {code, size_bytes};
}

// Not seen, or changing how others are seen: Unicode's controls, format characters, and separators of lines.
bool IsUnseen(char32_t code) {
  constexpr std::pair<char32_t, char32_t> kRanges[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x034F, 0x034F},  {0x0600, 0x0605}, {0x061C, 0x061C},
      {0x06DD, 0x06DD}, {0x070F, 0x070F},   {0x115F, 0x1160},   {0x17B4, 0x17B5},  {0x180B, 0x180F}, {0x200B, 0x200F},
      {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},  {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
      {0xFFF0, 0xFFFB}, {0x110BD, 0x110BD}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  return std::ranges::any_of(kRanges, [&](const auto& range) { return code >= range.first && code <= range.second; });
}

// The first kSummaryTextMax characters.
std::string Clipped(const std::string& text) {
  const std::string valid = ToValidUtf8(text);
  size_t at = 0;
  for (size_t count = 0; at < valid.size(); ++count) {
    if (count == kSummaryTextMax) return valid.substr(0, at) + "\xE2\x80\xA6";
    at += CharacterAt(valid, at).size_bytes;
  }
  return valid;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  const std::string valid = ToValidUtf8(text);
  std::string out;
  for (size_t at = 0; at < valid.size();) {
    const Character character = CharacterAt(valid, at);
    const std::string_view bytes = std::string_view(valid).substr(at, character.size_bytes);
    at += character.size_bytes;
    switch (character.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
      case '\r':
      case '\t':
        out += ' ';
        break;
      default:
        if (IsUnseen(character.code)) {
          char number[16];
          std::snprintf(number, sizeof number, "[U+%04X]", static_cast<unsigned>(character.code));
          out += number;
        } else {
          out += bytes;
        }
    }
  }
  return out;
}

void Summary::Take(const json& account) {
  SummaryLine line{.id = account.at("id"),
                   .service = Clipped(account.at("service")),
                   .identifier = Clipped(account.at("esp_identifier"))};
  line.priority = Points(account, "rescue_priority");
  line.actionability = Points(account, "actionability");
  line.files = static_cast<int64_t>(account.at("files").size());
  line.known = KnownFiles(account);
  line.partner_hits = static_cast<int64_t>(account.at("partner_hits").size());
  line.mentions = static_cast<int64_t>(account.at("mentions").size());
  if (account.contains("triage")) {
    line.band = account.at("triage").at("band");
    line.lane = account.at("triage").at("lane");
    line.reasons = Clipped(account.at("triage").at("lane_reason"));
  }
  if (account.contains("jurisdiction")) {
    line.country = account.at("jurisdiction").at("country");
    line.confidence = account.at("jurisdiction").at("confidence");
    contradicted_ += account.at("jurisdiction").at("contradictions").empty() ? 0 : 1;
  }
  ++accounts_;
  ++bands_[line.band];
  ++services_[line.service];
  urgent_ += line.lane == "urgent" ? 1 : 0;
  with_files_ += line.files > 0 ? 1 : 0;
  with_known_ += line.known > 0 ? 1 : 0;
  with_partner_hits_ += line.partner_hits > 0 ? 1 : 0;
  // Urgent first, then by the two scores; the id makes the order total.
  const auto before = [](const SummaryLine& a, const SummaryLine& b) {
    return std::tuple(a.lane != "urgent", -a.priority, -a.actionability, std::string_view(a.id)) <
           std::tuple(b.lane != "urgent", -b.priority, -b.actionability, std::string_view(b.id));
  };
  top_.insert(std::upper_bound(top_.begin(), top_.end(), line, before), line);
  if (top_.size() > kSummaryAccountsMax) top_.pop_back();
}

namespace {

constexpr std::string_view kStyle =
    "@page{size:A4;margin:18mm 15mm;@bottom-right{content:counter(page) ' / ' counter(pages);font-size:8pt;color:#555}}"
    "body{font-family:'DejaVu Sans',sans-serif;font-size:9pt;color:#1c2733;line-height:1.4}"
    "h1{font-size:15pt;margin:0 0 2mm}h2{font-size:11pt;margin:6mm 0 2mm}p{margin:0 0 2mm}"
    "table{border-collapse:collapse;width:100%;margin:0 0 3mm}th,td{border-bottom:.5pt solid #c5ced6;padding:1mm "
    "1.5mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#eef2f5;font-weight:600}td.n{text-align:right}tr{page-break-inside:avoid}thead{display:table-header-"
    "group}"
    ".id{font-family:'DejaVu Sans Mono',monospace;font-size:7.5pt;overflow-wrap:anywhere}.note{color:#4a5864}";

std::string Row(std::string_view name, const std::string& value) {
  return "<tr><th>" + EscapeHtml(name) + "</th><td>" + EscapeHtml(value) + "</td></tr>\n";
}
std::string Number(int64_t value) {
  return "<td class=\"n\">" + std::to_string(value) + "</td>";
}
std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}
// The most frequent first. A provider may name as many services as it likes: the page stays a page.
std::string Counts(std::string_view title, const std::map<std::string, int64_t>& counts) {
  std::vector<std::pair<std::string, int64_t>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::greater<>(), [](const auto& one) { return one.second; });
  std::string out = "<table><thead><tr><th>" + EscapeHtml(title) + "</th><th>Accounts</th></tr></thead><tbody>\n";
  int64_t rest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto& [name, count] = order[i];
    if (i >= kSummaryServicesMax)
      rest += count;
    else
      out += "<tr><td>" + EscapeHtml(name.empty() ? "not given" : name) + "</td>" + Number(count) + "</tr>\n";
  }
  if (rest > 0)
    out += "<tr><td>" + std::to_string(order.size() - kSummaryServicesMax) + " others</td>" + Number(rest) + "</tr>\n";
  return out + "</tbody></table>\n";
}

}  // namespace

std::string Summary::Html(const CaseFrame& frame, const std::string& package_id, const Gateway& gateway,
                          const Handling& handling, int64_t media_count) const {
  const bool evidence = frame.kind == "evidence";
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                    EscapeHtml(package_id) + "</title><style>" + std::string(kStyle) + "</style></head><body>\n<h1>" +
                    std::string(evidence ? "Evidence package" : "Referral package") +
                    "</h1>\n<p class=\"note\">Child sexual abuse material "
                    "reported by an online service provider. This page holds no imagery. It names accounts, not "
                    "persons: who used an account is not established.</p>\n<table>\n";
  out += Row("Package", package_id) + Row("For", frame.recipient->name) +
         Row("From", frame.sender->name + ", " + frame.sender->contact) + Row("Operation", frame.operation_name) +
         Row("Data as of", frame.as_of) + Row("Handling codes", Joined(handling.codes)) +
         Row("Evaluation (4x4)", handling.grade) + Row("Purposes", Joined(gateway.purposes)) +
         Row("Legal gateway", gateway.id + " (from " + DateText(gateway.valid_from) + "): " + gateway.legal_reference) +
         (gateway.via.empty() ? "" : Row("Carried by", gateway.via)) +
         Row("Conditions", gateway.conditions.empty() ? "none recorded" : gateway.conditions) +
         Row("Further dissemination", "none without the sender's permission");
  if (!handling.follows.empty())
    out += Row("Follows", "package " + handling.follows + ", which could not carry these accounts yet");
  if (const auto held = handling.left_out.find("deconfliction"); held != handling.left_out.end())
    out += Row("Held back",
               std::to_string(held->second) + " accounts, until a deconfliction is settled; they follow in a package");
  out += "</table>\n";
  out +=
      "<h2>In numbers</h2>\n<table>\n" + Row("Accounts", std::to_string(accounts_)) +
      Row("Urgent", std::to_string(urgent_)) + Row("Accounts with declared files", std::to_string(with_files_)) +
      Row("Accounts with a file on a known list", std::to_string(with_known_)) +
      Row("Accounts that meet a partner's holdings", std::to_string(with_partner_hits_)) +
      Row("Accounts with contradictions about their country", std::to_string(contradicted_)) +
      Row(evidence ? "Distinct files included" : "Distinct files listed (digests only)", std::to_string(media_count)) +
      "</table>\n";
  out += Counts("Risk band", bands_) + Counts("Service", services_);
  out += "<h2>Most urgent accounts</h2>\n<p class=\"note\">At most " + std::to_string(kSummaryAccountsMax) + " of " +
         std::to_string(accounts_) +
         ", urgent first, then by rescue priority and actionability. All of them, with sources and every contribution "
         "to a score, are in data/accounts.json.</p>\n"
         "<table><thead><tr><th>Account</th><th>Service, "
         "identifier</th><th>Band</th><th>Rescue</th><th>Action</th><th>Reports</th><th>Files</th><th>Known</"
         "th><th>Partners</th><th>Country</th></tr></thead><tbody>\n";
  for (const SummaryLine& line : top_) {
    out += "<tr><td class=\"id\">" + EscapeHtml(line.id) + "</td><td>" + EscapeHtml(line.service) +
           "<br><span class=\"id\">" + EscapeHtml(line.identifier) + "</span></td><td>" + EscapeHtml(line.band) +
           (line.lane == "urgent" ? "<br><strong>urgent</strong>: " + EscapeHtml(line.reasons) : "") + "</td>" +
           Number(line.priority) + Number(line.actionability) + Number(line.mentions) + Number(line.files) +
           Number(line.known) + Number(line.partner_hits) + "<td>" + EscapeHtml(line.country) + " (" +
           std::to_string(line.confidence) + ")</td></tr>\n";
  }
  return out + "</tbody></table>\n</body></html>\n";
}

}  // namespace crossguard
