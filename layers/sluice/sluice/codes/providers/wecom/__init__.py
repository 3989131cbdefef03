"""WeCom (企业微信), the real provider of the channel side (A7).

`crypto` and `callbacks` read what WeCom tells; `client` asks it, with `ways`, `customers` and
`groups` as its verbs; `tokens` keeps one access token per app; `adapter` puts both in the words of
`protocol`. Nothing here is for a request path that a customer waits on.
How to connect an organisation, and what each error means: docs/wecom.md.
"""
