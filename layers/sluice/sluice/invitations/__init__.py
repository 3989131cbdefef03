"""Member-get-member promotion (C): who is a customer, who invited whom, who is rewarded."""
