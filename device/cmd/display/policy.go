package main

import (
	"encoding/json"

	"github.com/mallette-kit/mallette/device/screen"
)

// Where things are inside a session.
const (
	pagesAddress = "127.0.0.1:8080"
	// servicesAddress is the names of the fictitious services: the browser takes
	// what ends in "localhost" for its own machine.
	servicesAddress = "exercice.localhost:8080"
	gateAddress     = "127.0.0.1:3128"
	pagesURL        = "http://" + pagesAddress + "/"
	askURL          = pagesURL + "encore-la"
	policyFile      = "/etc/chromium/policies/managed/mallette.json"
	downloads       = "Téléchargements"
	stickName       = "Clé USB"
)

// policy is what Chromium lets a person do, in Chromium's own words.
type policy map[string]any

// everywhere holds in every world: nothing is kept, nothing is synchronised,
// nobody is reported to, and nothing of the browser's inside can be opened.
func everywhere() policy {
	return policy{
		"AutofillAddressEnabled": false, "AutofillCreditCardEnabled": false, "PasswordManagerEnabled": false, "PaymentMethodQueryEnabled": false,
		"TranslateEnabled": false, "BackgroundModeEnabled": false, "MetricsReportingEnabled": false, "SearchSuggestEnabled": false,
		"BrowserSignin": 0, "SyncDisabled": true, "BrowserAddPersonEnabled": false, "BrowserGuestModeEnabled": false, "IncognitoModeAvailability": 1,
		"DeveloperToolsAvailability": 2, "ExtensionInstallBlocklist": []string{"*"}, "DefaultBrowserSettingEnabled": false,
		"ComponentUpdatesEnabled": false, "DnsOverHttpsMode": "off", "BuiltInDnsClientEnabled": false, "NetworkPredictionOptions": 2,
		"AlternateErrorPagesEnabled": false, "SafeBrowsingProtectionLevel": 0, "DomainReliabilityAllowed": false, "UrlKeyedAnonymizedDataCollectionEnabled": false,
		"PromotionalTabsEnabled": false, "ShowFullUrlsInAddressBar": true, "AllowDinosaurEasterEgg": false, "TaskManagerEndProcessEnabled": false,
		"DefaultNotificationsSetting": 2, "DefaultGeolocationSetting": 2, "DefaultWebUsbGuardSetting": 2, "DefaultWebBluetoothGuardSetting": 2,
		"DefaultSerialGuardSetting": 2, "DefaultWebHidGuardSetting": 2, "DefaultFileSystemReadGuardSetting": 2, "DefaultFileSystemWriteGuardSetting": 2,
		"EnableMediaRouter": false, "RemoteAccessHostAllowRemoteAccessConnections": false, "BuiltInAIAPIsEnabled": false,
		"ApplicationLocaleValue": "fr", "RestoreOnStartup": 4, "RestoreOnStartupURLs": []string{pagesURL},
	}
}

// inside are the browser's own pages, the machine's files and the tricks that
// lead to either.
func inside() []string {
	return []string{"chrome://*", "chrome-untrusted://*", "chrome-search://*", "devtools://*", "file://*", "view-source:*", "filesystem:*", "ftp://*"}
}

// kioskPolicy leaves the station's pages.
func kioskPolicy() policy {
	p := everywhere()
	for key, value := range (policy{
		"URLBlocklist": append(inside(), "*", "about:*", "data:*", "javascript:*", "blob:*"), "URLAllowlist": []string{pagesAddress, servicesAddress},
		"DownloadRestrictions": 3, "AllowFileSelectionDialogs": false, "PrintingEnabled": false, "BookmarkBarEnabled": false, "EditBookmarksEnabled": false,
		"DefaultSearchProviderEnabled": false, "VideoCaptureAllowed": false, "AudioCaptureAllowed": false, "DefaultPopupsSetting": 2,
		"HomepageLocation": pagesURL, "HomepageIsNewTabPage": false, "NewTabPageLocation": pagesURL, "ScreenCaptureAllowed": false,
		"ExternalProtocolDialogShowAlwaysOpenCheckbox": false, "ProxyMode": "direct",
		// Where the developer's tools are forbidden nobody may close a page either:
		// tabs closes them with everything else that is not the kiosk's one page.
		"DeveloperToolsAvailability": 1,
	}) {
		p[key] = value
	}
	return p
}

// helpPolicy opens the web and keeps the way back in sight.
func helpPolicy() policy {
	p := everywhere()
	for key, value := range (policy{
		"URLBlocklist": append(inside(), "localhost", "[::1]", "0.0.0.0"), "URLAllowlist": []string{"127.0.0.1:8080", "about:blank"},
		"ProxyMode": "fixed_servers", "ProxyServer": gateAddress, "ProxyBypassList": pagesAddress,
		"BookmarkBarEnabled": true, "EditBookmarksEnabled": false, "ShowHomeButton": true, "HomepageLocation": pagesURL, "HomepageIsNewTabPage": false,
		"NewTabPageLocation": pagesURL, "DownloadDirectory": homeFolder(downloads), "PromptForDownloadLocation": true, "DownloadRestrictions": 4,
		"AllowFileSelectionDialogs": true, "PrintingEnabled": false, "WebRtcIPHandling": "disable_non_proxied_udp",
		"AutoOpenAllowedForURLs": []string{}, "AlwaysOpenPdfExternally": false,
	}) {
		p[key] = value
	}
	return p
}

func policyOf(world screen.World) (string, error) {
	p := kioskPolicy()
	if world == screen.Help {
		p = helpPolicy()
	}
	text, err := json.MarshalIndent(p, "", " ")
	return string(text), err
}
