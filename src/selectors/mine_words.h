// Private to selectors: the words that mining goes by, in the languages that reports come in. Lower case in ASCII;
// words that begin with another letter stand in both cases.
#pragma once

#include <array>
#include <string_view>

namespace crossguard::mine_words {

// After these, four numbers with dots are a version or a heading and not an address.
constexpr std::string_view kVersion[] = {
    "version", "ver",    "v",          "release",   "build",   "firmware", "update", "app",       "android", "ios",
    "client",  "rev",    "revision",   "sdk",       "api",     "kernel",   "driver", "model",     "chrome",  "firefox",
    "safari",  "opera",  "edge",       "windows",   "section", "chapter",  "clause", "paragraph", "figure",  "oid",
    "versión", "versão", "versione",   "versie",    "wersja",  "verze",    "verzia", "verzió",    "verzija", "versiune",
    "έκδοση",  "версия", "バージョン", "abschnitt", "kapitel", "patch",    "serial"};

// Before a number: it is one to call.
constexpr std::string_view kPhone[] = {
    "phone",   "telephone",   "tel",         "mobile",        "cell",      "call",      "whatsapp", "sms",
    "handy",   "telefon",     "text",        "téléphone",     "tél",       "portable",  "teléfono", "tfno",
    "móvil",   "celular",     "telefono",    "cellulare",     "telefone",  "telemóvel", "telefoon", "gsm",
    "mobiel",  "handynummer", "mobilnummer", "telefonnummer", "rufnummer", "mobil",     "komórka",  "komórkowy",
    "mobilní", "puhelin",     "τηλέφωνο",    "Τηλέφωνο",      "τηλ",       "Τηλ",       "телефон",  "Телефон",
    "тел",     "Тел",         "電話",        "phones"};

// Before a name: it is the name of an account.
constexpr std::string_view kName[] = {"username",
                                      "user name",
                                      "user-name",
                                      "user_name",
                                      "screenname",
                                      "screen name",
                                      "screen_name",
                                      "account name",
                                      "user id",
                                      "login name",
                                      "benutzername",
                                      "nutzername",
                                      "kontoname",
                                      "nom d'utilisateur",
                                      "nom d’utilisateur",
                                      "pseudonyme",
                                      "identifiant",
                                      "nombre de usuario",
                                      "usuario",
                                      "nome utente",
                                      "nome de usuário",
                                      "nome de utilizador",
                                      "gebruikersnaam",
                                      "användarnamn",
                                      "brugernavn",
                                      "brukernavn",
                                      "käyttäjänimi",
                                      "nazwa użytkownika",
                                      "uživatelské jméno",
                                      "používateľské meno",
                                      "felhasználónév",
                                      "korisničko ime",
                                      "uporabniško ime",
                                      "όνομα χρήστη",
                                      "Όνομα χρήστη",
                                      "имя пользователя",
                                      "Имя пользователя",
                                      "ユーザー名",
                                      "用户名"};
// The same, but words of everyday language: only with a colon, an equals sign or quotes behind.
constexpr std::string_view kNameWithColon[] = {"handle", "nickname", "nick", "pseudo", "alias", "логин", "Логин"};

struct Service {
  std::string_view word;
  std::string_view service;
  bool alone = true;  // false: a word of everyday language, which needs "id" or the like behind
};
constexpr Service kServices[] = {{"kik", "kik"},
                                 {"snapchat", "snapchat"},
                                 {"snap", "snapchat"},
                                 {"instagram", "instagram"},
                                 {"insta", "instagram"},
                                 {"ig", "instagram"},
                                 {"discord", "discord"},
                                 {"telegram", "telegram"},
                                 {"tg", "telegram"},
                                 {"skype", "skype"},
                                 {"whatsapp", "whatsapp"},
                                 {"twitter", "twitter"},
                                 {"tiktok", "tiktok"},
                                 {"facebook", "facebook"},
                                 {"fb", "facebook"},
                                 {"wickr", "wickr"},
                                 {"threema", "threema"},
                                 {"signal", "signal", false},
                                 {"session", "session", false},
                                 {"viber", "viber"},
                                 {"line", "line", false},
                                 {"wechat", "wechat"},
                                 {"omegle", "omegle"},
                                 {"vk", "vk"},
                                 {"roblox", "roblox"},
                                 {"steam", "steam", false}};
// Between a service and its colon: "kik id: x".
constexpr std::string_view kServiceTails[] = {"username", "user name", "user",  "id",     "account", "acc",
                                              "name",     "handle",    "nick",  "konto",  "compte",  "cuenta",
                                              "conta",    "nickname",  "login", "profile"};

// What people write where a name should be.
constexpr std::string_view kNoName[] = {
    "unknown", "none",        "n/a",      "na",          "not",       "null",         "is",      "was",
    "the",     "and",         "redacted", "anonymous",   "yes",       "no",           "true",    "false",
    "deleted", "blocked",     "banned",   "suspended",   "user",      "username",     "account", "hidden",
    "private", "profile",     "id",       "name",        "only",      "both",         "or",      "with",
    "he",      "she",         "his",      "her",         "unbekannt", "keine",        "keiner",  "inconnu",
    "aucun",   "desconocido", "ninguno",  "sconosciuto", "nessuno",   "desconhecido", "nenhum",  "onbekend",
    "geen",    "nieznany",    "brak",     "neznámé",     "nincs",     "nepoznato",    "άγνωστο", "неизвестно",
    "нет"};

// Sites whose pages people name without "https://": what stands behind is somebody's.
constexpr std::string_view kProfileHosts[] = {"instagram.com/",
                                              "facebook.com/",
                                              "fb.com/",
                                              "twitter.com/",
                                              "x.com/",
                                              "tiktok.com/@",
                                              "t.me/",
                                              "vk.com/",
                                              "youtube.com/@",
                                              "twitch.tv/",
                                              "snapchat.com/add/",
                                              "reddit.com/u/",
                                              "reddit.com/user/",
                                              "linkedin.com/in/",
                                              "kik.me/",
                                              "wa.me/",
                                              "ask.fm/",
                                              "pinterest.com/"};

// Of files, not of hosts: "icon@2x.png" is no mail address.
constexpr std::string_view kFileEnds[] = {"png",  "jpg",  "jpeg", "gif",  "webp", "mp4", "heic", "svg",  "bmp",
                                          "avi",  "webm", "tiff", "mp3",  "wav",  "pdf", "doc",  "docx", "txt",
                                          "xlsx", "json", "xml",  "html", "css",  "exe", "dll"};

constexpr std::string_view kPort[] = {"port",   "source port", "src port", "client port", "remote port",
                                      "puerto", "porta",       "poort",    "quellport",   "порт"};

}  // namespace crossguard::mine_words
