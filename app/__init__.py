"""messagepark's web application: the site, a Flask app per tenant, and the domains behind them."""
