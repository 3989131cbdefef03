"""WeChat (微信), the customers' side (A7): who somebody is, by OAuth on the landing page."""
