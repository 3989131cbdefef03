"""Who is a person, by the name that the client gives (A3)."""

import pytest

from sluice.shared.crawlers import is_crawler

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A; wv) AppleWebKit/537.36 Chrome/131.0"
CRAWLERS = {
    "Slack": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack's pictures": "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Telegram": "TelegramBot (like TwitterBot)",
    "WhatsApp": "WhatsApp/2.24.20.81 A",
    "iMessage": (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
        "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
    ),
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Meta": "meta-externalagent/1.1",
    "Twitter": "Twitterbot/1.0",
    "LinkedIn": "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://linkedin.com)",
    "Discord": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Teams, Skype": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Google": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Google's tool": "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Bing": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Bing's previews": "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/534 BingPreview/1.0b",
    "Baidu": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou": "Sogou web spider/4.0",
    "Bytedance": "Mozilla/5.0 (Linux; Android 5.0) (compatible; Bytespider)",
    "Yandex": "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Apple": "Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17 Safari/605 (Applebot/0.1)",
    "Pinterest": "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "DingTalk": "Mozilla/5.0 (compatible; DingTalkBot-LinkService/1.0)",
    "Feishu": "Mozilla/5.0 (compatible; LarkUrl2Meta/1.0)",
    "VK": "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "Embedly": "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    "headless": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0",
    "curl": "curl/8.11.0",
    "wget": "Wget/1.25.0",
}
PEOPLE = {
    "WeChat on a phone": f"{PHONE} Mobile/15E148 MicroMessenger/8.0.54(0x18003631) NetType/WIFI",
    "WeChat on Android": f"{ANDROID} XWEB/1300059 MMWEBSDK/20241103 MicroMessenger/8.0.55 Weixin",
    "WeChat on a desk": "Mozilla/5.0 (Windows NT 10.0) Chrome/122 MicroMessenger/7.0 WindowsWechat",
    "WeCom": f"{PHONE} Mobile/15E148 wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh",
    "DingTalk": f"{PHONE} Mobile/15E148 AliApp(DingTalk/7.6.30) com.laiwang.DingTalk/41213",
    "Feishu": f"{ANDROID} Mobile Safari/537.36 Lark/7.34.5 LarkLocale/zh_CN ChannelName/Feishu",
    "QQ": f"{ANDROID} MQQBrowser/6.2 TBS/046291 QQ/9.1.25 NetType/4G",
    "Alipay": f"{PHONE} Mobile/15E148 AliApp(AP/10.6.90) AlipayClient/10.6.90",
    "Weibo": f"{PHONE} Mobile/15E148 Weibo (iPhone15,2__weibo__14.12.0__iphone__os18.2)",
    "Telegram": f"{ANDROID} Mobile Safari/537.36 Telegram-Android/11.5.3 (Google Pixel 9)",
    "Facebook's app": f"{PHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/493.0.0.53.103;FBDV/iPhone15,2]",
    "Instagram": f"{PHONE} Mobile/15E148 Instagram 361.0.0.35.82 (iPhone15,2; iOS 18_2; en_GB)",
    "Line": f"{PHONE} Mobile/15E148 Safari Line/14.20.0",
    "Slack's app": f"{PHONE} Mobile/15E148 Slack_SSB/4.41",
    "Safari": f"{PHONE} (KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1",
    "a QR scanner": f"{ANDROID} Mobile Safari/537.36 QR Scanner/3.1",
    "Cubot, a phone": "Mozilla/5.0 (Linux; Android 13; KINGKONG 9) AppleWebKit/537.36 Chrome/130",
    "a partner's app": "okhttp/4.12.0",
    "a partner's server": "python-requests/2.32.3",
    "a client without a name": "",
    "HarmonyOS": "Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0",
}


@pytest.mark.parametrize("name", CRAWLERS)
def test_a_link_preview_or_a_crawler_is_no_view(name: str) -> None:
    assert is_crawler(CRAWLERS[name])


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_in_an_app_or_a_browser_is_a_view(name: str) -> None:
    assert not is_crawler(PEOPLE[name])
